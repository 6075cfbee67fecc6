package channel_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/skala/shared/channel"
	"example.com/skala/shared/people"
)

func TestWhatPeopleCanChooseNeedsNoSecret(t *testing.T) {
	t.Parallel()
	reach, err := channel.LoadReach([]byte("email: {}\npush: {public_key: key}\nendpoints: [{name: wall}, {name: records}]\nslack:\n  - name: leads\n"), "names.yaml")
	want := people.Reach{Mail: true, PushKey: "key", Webhooks: []string{"records", "wall"}, Slack: []string{"leads"}}
	if diff := cmp.Diff(want, reach); diff != "" || err != nil {
		t.Error(diff, err)
	}
	if reach, err := channel.LoadReach([]byte("{}"), "names.yaml"); err != nil || !cmp.Equal(reach, people.Reach{}) {
		t.Errorf("nothing is %+v, %v", reach, err)
	}
	_, err = channel.LoadReach([]byte("slack:\n  - {name: a b}\n  - {name: leads}\n  - {name: leads}\nfax: {}\npush: {}\n"), "names.yaml")
	if err == nil {
		t.Fatal("all of it is right")
	}
	for _, line := range []string{"names.yaml:2: ", "names.yaml:4: ", "names.yaml:5: ", "names.yaml:6: "} {
		if !strings.Contains(err.Error(), line) {
			t.Errorf("%s is not told: %v", line, err)
		}
	}
}
