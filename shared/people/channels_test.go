package people_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/people"
)

func TestEveryMistakeOfAChannelIsTold(t *testing.T) {
	t.Parallel()
	mail := func(to string) people.Channel { return people.Channel{Kind: people.Email, To: to} }
	nine := make([]people.Channel, 9)
	for _, tt := range []struct {
		name string
		all  []people.Channel
		want []string
	}{
		{"all that there are", []people.Channel{mail("lea+desk@mail.example.com"), {Kind: people.Slack, To: "leads"}, {Kind: people.Webhook, To: "wall_2"}, {Kind: people.Push, To: "k3-a", Urgent: true, Only: []desk.NoticeKind{desk.ToldBreach}}}, nil},
		{"nine", nine, []string{"channels: has more than 8"}},
		{"a mail address with a name", []people.Channel{mail("Lea <lea@example.com>")}, []string{`channels: "Lea <lea@example.com>" is no mail address such as lea@example.com`}},
		{"one without a domain", []people.Channel{mail("lea@localhost")}, []string{`channels: "lea@localhost" is no mail address such as lea@example.com`}},
		{"two", []people.Channel{mail("a@example.com,b@example.com")}, []string{`channels: "a@example.com,b@example.com" is no mail address such as lea@example.com`}},
		{"one with a header", []people.Channel{mail("a@example.com\r\nBcc: b@example.com")}, []string{`channels: "a@example.com\r\nBcc: b@example.com" is no mail address such as lea@example.com`}},
		{"one too long", []people.Channel{mail(strings.Repeat("a", 244) + "@example.com")}, []string{`channels: "` + strings.Repeat("a", 60) + `…" is no mail address such as lea@example.com`}},
		{"an address for a name", []people.Channel{{Kind: people.Slack, To: "https://hooks.slack.com/services/T/B/x"}}, []string{`channels: slack: "https://hooks.slack.com/services/T/B/x" is no name: letters, digits, - and _, at most 64`}},
		{"a kind that is none", []people.Channel{{Kind: "fax", To: "1"}}, []string{`channels: there is no kind "fax"; known are email, push, slack, webhook`}},
		{"the console", []people.Channel{{Kind: people.Console}}, []string{`channels: there is no kind "console"; known are email, push, slack, webhook`}},
		{"the same twice", []people.Channel{mail("lea@example.com"), mail("Lea@example.com")}, []string{`channels: email "Lea@example.com" stands there twice`}},
		{"what nobody is told of", []people.Channel{{Kind: people.Slack, To: "a", Only: []desk.NoticeKind{"gossip", desk.ToldBreach, desk.ToldBreach}}}, []string{
			`channels: nobody is told of "gossip"; known are ` + kindsListed(), `channels: slack: "breach" stands there twice`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := people.Member{ID: "lea", Name: "Lea", Teams: []string{"general"}, Channels: tt.all}
			if diff := cmp.Diff(tt.want, said(desk3().CheckMember(m))); diff != "" {
				t.Error(diff)
			}
		})
	}
	team := people.Team{ID: "vip", Name: "Vip", Channels: []people.Channel{{Kind: people.Push, To: "k1"}, {Kind: people.Slack, To: "a b"}}}
	if diff := cmp.Diff([]string{`channels: slack: "a b" is no name: letters, digits, - and _, at most 64`, "channels: a browser is somebody's, not a team's"}, said(desk3().CheckTeam(team))); diff != "" {
		t.Error(diff)
	}
}

func kindsListed() string {
	var all []string
	for _, k := range desk.NoticeKinds {
		all = append(all, string(k))
	}
	return strings.Join(all, ", ")
}

func TestQuietHoursAreOfAPlace(t *testing.T) {
	t.Parallel()
	m := people.Member{ID: "lea", Name: "Lea", Teams: []string{"general"}, Quiet: people.Week{"mon": {"22:00-07:00"}}}
	if diff := cmp.Diff([]string{"zone: is missing: quiet hours are by a clock of some place"}, said(desk3().CheckMember(m))); diff != "" {
		t.Error(diff)
	}
	m.Zone = "Europe/Athens"
	if wrong := desk3().CheckMember(m); len(wrong) > 0 {
		t.Error(wrong)
	}
	m.Quiet["tue"] = []string{"late"}
	if diff := cmp.Diff([]string{`quiet: tue: period "late" is not of the form HH:MM-HH:MM`}, said(desk3().CheckMember(m))); diff != "" {
		t.Error(diff)
	}
}

func TestWhatIsNotInTheFileOfNotificationsCannotBeChosen(t *testing.T) {
	t.Parallel()
	all := []people.Channel{{Kind: people.Email, To: "lea@example.com"}, {Kind: people.Push, To: "k1"}, {Kind: people.Slack, To: "leads"}, {Kind: people.Webhook, To: "wall"}}
	want := []string{
		"channels: this desk sends no mail", "channels: this desk has no key for web push",
		`channels: slack: there is no "leads"; known are general`, `channels: webhook: there is no "wall"; known are none`,
	}
	if diff := cmp.Diff(want, said(people.Reach{Slack: []string{"general"}}.Check(nil, all))); diff != "" {
		t.Error(diff)
	}
	if wrong := (people.Reach{}).Check(all, all); len(wrong) > 0 {
		t.Errorf("what stood there may not stay: %v", wrong)
	}
	if wrong := (people.Reach{Mail: true, PushKey: "k", Slack: []string{"leads"}, Webhooks: []string{"wall"}}).Check(nil, all); len(wrong) > 0 {
		t.Errorf("what there is: %v", wrong)
	}
}

func TestTheAuditLogHasNobodysAddress(t *testing.T) {
	t.Parallel()
	was := people.Member{ID: "lea", Channels: []people.Channel{{Kind: people.Email, To: "lea@example.com"}}}
	is := people.Member{ID: "lea", Channels: []people.Channel{{Kind: people.Email, To: "lena@example.com"}, {Kind: people.Push, To: "0123456789"}, {Kind: people.Slack, To: "leads", Urgent: true}}}
	want := []people.Field{{Name: "channels", Was: `[{"kind":"email","to":"l…@example.com"}]`,
		Is: `[{"kind":"email","to":"l…@example.com"},{"kind":"push","to":"…6789"},{"kind":"slack","to":"leads","urgent":true}]`}}
	if diff := cmp.Diff(want, people.Diff(was, is)); diff != "" {
		t.Error(diff)
	}
	other := was
	other.Channels = []people.Channel{{Kind: people.Email, To: "lou@example.com"}}
	if len(people.Diff(was, other)) != 1 {
		t.Error("another address that looks the same is no change")
	}
}

func TestAFileNamesChannels(t *testing.T) {
	t.Parallel()
	all, err := people.ParseChannels("lea@example.com; !slack:leads;webhook:wall")
	want := []people.Channel{{Kind: people.Email, To: "lea@example.com"}, {Kind: people.Slack, To: "leads", Urgent: true}, {Kind: people.Webhook, To: "wall"}}
	if diff := cmp.Diff(want, all); diff != "" || err != nil {
		t.Error(diff, err)
	}
	if _, err := people.ParseChannels("push:k1"); err == nil {
		t.Error("a file subscribes somebody's browser")
	}
	d := existing()
	ann := d.Members["ann"]
	ann.Channels = []people.Channel{{Kind: people.Push, To: "k1"}, {Kind: people.Email, To: "old@example.com"}, {Kind: people.Email, To: "ann@example.com", Urgent: true, Only: []desk.NoticeKind{desk.ToldBreach}}}
	d.Members["ann"] = ann
	rows, mistakes := d.ReadCSV(strings.NewReader("id,name,zone,channels,quiet\nann,Ann,Europe/Athens,ann@example.com,mon-fri 22:00-07:00\nbo,Bo,,fax:1,\n"))
	if len(rows) != 1 || len(mistakes) != 1 {
		t.Fatalf("%v, %v", rows, mistakes)
	}
	if diff := cmp.Diff([]people.Channel{{Kind: people.Email, To: "ann@example.com", Only: []desk.NoticeKind{desk.ToldBreach}}, {Kind: people.Push, To: "k1"}}, rows[0].Member.Channels); diff != "" {
		t.Error(diff)
	}
	if len(rows[0].Member.Quiet) != 5 {
		t.Errorf("quiet are %v", rows[0].Member.Quiet)
	}
}

func TestEverybodySaysHowTheyAreToldAndNothingElse(t *testing.T) {
	t.Parallel()
	d := house()
	sam := d.Members["sam"]
	p := func(id, role string) people.Person {
		who := person(t, role)
		who.ID = id
		return who
	}
	mail := sam
	mail.Channels, mail.Quiet, mail.Zone = []people.Channel{{Kind: people.Email, To: "sam@example.com"}}, people.Week{"mon": {"22:00-07:00"}}, "Europe/Athens"
	if err := d.MayHear(p("sam", "senior"), sam, mail); err != nil {
		t.Error(err)
	}
	if err := d.MayHear(p("ann", "agent:1"), sam, mail); !errors.Is(err, people.ErrNotTheirs) {
		t.Errorf("somebody else: %v", err)
	}
	if err := d.MayHear(p("sam", "senior"), people.Member{}, mail); !errors.Is(err, people.ErrNotTheirs) {
		t.Errorf("somebody who is not listed: %v", err)
	}
	mail.Roles = []string{"admin"}
	if err := d.MayHear(p("sam", "senior"), sam, mail); !errors.Is(err, people.ErrNotTheirs) || !strings.HasPrefix(err.Error(), "roles: ") {
		t.Errorf("their own role: %v", err)
	}
	sam.Zone, sam.Shifts = "Asia/Bangkok", people.Week{"mon": {"09:00-17:00"}}
	mail.Roles, mail.Shifts = sam.Roles, sam.Shifts
	if err := d.MayHear(p("sam", "senior"), sam, mail); !errors.Is(err, people.ErrNotTheirs) {
		t.Errorf("the zone of their shifts: %v", err)
	}
	for who, ok := range map[string]bool{"ari admin": true, "lea lead": true, "bo lead": false, "sam senior": false} {
		id, role, _ := strings.Cut(who, " ")
		if err := d.MayKeepRoom(p(id, role), "billing"); (err == nil) != ok {
			t.Errorf("%s: %v", who, err)
		}
	}
}
