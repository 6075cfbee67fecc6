package console

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/skala/shared/people"
	"example.com/skala/shared/sla"
)

func TestAPageSaysToTheMinuteWhoIsOnWhereTheClockIsChanged(t *testing.T) {
	t.Parallel()
	athens, err := sla.NewWallClock("Europe/Athens")
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		start, today string
		want         []string
	}{
		"put forward over the handover": {"2026-03-22", "2026-03-24", []string{"Mon 23 Mar 00:00 a", "Sun 29 Mar 04:00 b", "Sun 5 Apr 03:30 a"}},
		"put back over it":              {"2026-10-11", "2026-10-20", []string{"Mon 19 Oct 00:00 b", "Sun 25 Oct 03:30 a", "Sun 1 Nov 03:30 b"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			now, err := time.Parse(time.DateOnly, tt.today)
			if err != nil {
				t.Fatal(err)
			}
			rota := people.Rota{ID: "r", Zone: "Europe/Athens", Start: tt.start, Handover: "03:30", Turn: 7, Members: []string{"a", "b"}}
			d := people.NewDirectory([]people.Member{{ID: "a"}, {ID: "b"}}, nil, []people.Rota{rota})
			text, err := readTexts("en")
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, span := range spansOf(d, rota, athens, now, text) {
				got = append(got, span.From+" "+span.Who)
				if who, _ := d.RotaAt("r", span.begins); who != span.Who {
					t.Errorf("%s: the rota has %q", span.From, who)
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
