package people_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/skala/shared/people"
)

// existing is a directory with one person and two teams.
func existing() people.Directory {
	return people.NewDirectory([]people.Member{
		{ID: "ann", Name: "Ann", Teams: []string{"general"}, Roles: []string{"lead"}, Presence: people.Presence{Away: true}, Skills: []string{"billing"}, Version: 7},
	}, []people.Team{{ID: "general"}, {ID: "legal"}}, nil)
}

func TestAFileOfPeopleIsReadLineByLine(t *testing.T) {
	t.Parallel()
	file := "\ufeffid,name,roles,teams,skills,languages,brands,zone,shifts,soft,hard\n" +
		"bo,\"Bo, B.\",agent:2; viewer,general;legal,billing,el;en,Mango,Europe/Athens,mon-wed 09:00-13:00;wed 14:00-18:00;sat-sun 22:00-06:00,5,8\n" +
		"\n" +
		"ann,Ann A.,,general,,,,,,,\n" +
		"cy,Cy,agent,marketing,,fr,,,,,\n" +
		"dee,Dee,agent,general\n" +
		"bo,Bo again,agent,general,,,,,,,\n" +
		"eve,Eve,agent,general,,,,Europe/Athens,mondays 9-5,few,8\n" +
		"fay,\"Fay\" Y.,agent,general,,,,,,,\n" +
		",Nobody,agent,general,,,,,,,\n" +
		"gus,Gus,auditor,,,,,,,,\n"
	rows, mistakes := existing().ReadCSV(strings.NewReader(file))
	want := []string{
		`line 5: teams: there is no team "marketing"; known are general, legal`,
		`line 5: languages: "fr" is not one of th, es, el, en`,
		`line 6: has 4 fields where there are 11 columns`,
		`line 7: id: "bo" stands on line 2 too`,
		`line 8: shifts: "mondays 9-5" is not of the form mon 09:00-17:00 or mon-fri 09:00-17:00`,
		`line 8: soft: "few" is not a number`,
		`line 9: extraneous or missing " in quoted-field`,
		`line 10: id: is missing`,
	}
	if diff := cmp.Diff(want, said(mistakes)); diff != "" {
		t.Error(diff)
	}
	bo := people.Member{
		ID: "bo", Name: "Bo, B.", Roles: []string{"agent:2", "viewer"}, Teams: []string{"general", "legal"}, Skills: []string{"billing"}, Languages: []string{"el", "en"},
		Brands: []string{"Mango"}, Zone: "Europe/Athens", Capacity: people.Capacity{Soft: 5, Hard: 8},
		Shifts: people.Week{"mon": {"09:00-13:00"}, "tue": {"09:00-13:00"}, "wed": {"09:00-13:00", "14:00-18:00"}, "sat": {"22:00-06:00"}, "sun": {"22:00-06:00"}},
	}
	ann := existing().Members["ann"] // what the file has no column for stays
	was := ann
	ann.Name, ann.Roles, ann.Skills = "Ann A.", nil, nil
	if diff := cmp.Diff([]people.Row{{Line: 2, Member: bo}, {Line: 4, Member: ann, Was: was}, {Line: 11, Member: people.Member{ID: "gus", Name: "Gus", Roles: []string{"auditor"}}}}, rows); diff != "" {
		t.Error(diff)
	}
}

func TestColumnsStandInAnyOrderAndSomeMayBeMissing(t *testing.T) {
	t.Parallel()
	rows, mistakes := existing().ReadCSV(strings.NewReader("Zone, name ,ID\r\nAsia/Bangkok,Annie,ann\r\n"))
	want := existing().Members["ann"]
	want.Name, want.Zone = "Annie", "Asia/Bangkok"
	if len(mistakes) > 0 || len(rows) != 1 || !cmp.Equal(rows[0].Member, want) {
		t.Errorf("read %+v, %v", rows, mistakes)
	}
	for file, want := range map[string]string{
		"":                        "line 1: the file is empty; it begins with the names of its columns",
		"id,surname\nann,A":       `line 1: there is no column "surname"; known are id, name, sign, roles, teams, skills, languages, brands, zone, shifts, soft, hard, channels, quiet|line 1: column name is missing`,
		"id,name,name\nann,A,A\n": "line 1: column name stands there twice",
		"\"id,name\n":             `line 1: extraneous or missing " in quoted-field`,
		"id,name":                 "",
	} {
		rows, mistakes := existing().ReadCSV(strings.NewReader(file))
		if got := strings.Join(said(mistakes), "|"); got != want || len(rows) > 0 {
			t.Errorf("%q: read %v, %s", file, rows, got)
		}
	}
}

func TestAFileHasItsBound(t *testing.T) {
	t.Parallel()
	var file strings.Builder
	file.WriteString("id,name,teams\n")
	for n := range 5001 {
		fmt.Fprintf(&file, "p%d,P,general\n", n)
	}
	rows, mistakes := existing().ReadCSV(strings.NewReader(file.String()))
	if got := said(mistakes); len(rows) != 5000 || len(got) != 1 || got[0] != "line 5002: there are more than 5000 people; this one and those below were not read" {
		t.Errorf("%d read, %v", len(rows), got)
	}
}

func FuzzWhatAFileSaysIsReadOrRefusedWithItsLine(f *testing.F) {
	f.Add("id,name,shifts\nann,Ann,mon-fri 09:00-17:00\n")
	f.Add("id,name\n\"a\nb\",\"x\n")
	f.Add("id,name,soft\nbo,Bo,99999999999999999999\n")
	f.Fuzz(func(t *testing.T, file string) {
		d := existing()
		rows, mistakes := d.ReadCSV(strings.NewReader(file))
		for _, row := range rows {
			if wrong := d.CheckMember(row.Member); len(wrong) > 0 || row.Line < 2 {
				t.Errorf("line %d was taken: %v", row.Line, wrong)
			}
			again, err := people.ParseWeek(row.Member.Shifts.String())
			if err != nil || len(again) > len(row.Member.Shifts) {
				t.Errorf("%v is written as %s, %v", row.Member.Shifts, row.Member.Shifts, err)
			}
		}
		for _, m := range mistakes {
			if m.Line < 1 || m.Text == "" {
				t.Errorf("a mistake without its line or reason: %+v", m)
			}
		}
	})
}
