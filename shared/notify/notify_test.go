package notify_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	standard "example.com/skala/infra/policy"
	"example.com/skala/infra/simulator/memory"
	"example.com/skala/shared/desk"
	"example.com/skala/shared/dynamo/dynamotest"
	"example.com/skala/shared/notify"
	"example.com/skala/shared/people"
	"example.com/skala/shared/policy"
	"example.com/skala/shared/post"
)

// What a notifier does on a desk over time is told in infra/story, what it does when
// its calls fail in infra/crash. Here is what needs many people, or none.

type policies struct{ p *policy.Policy }

func (p policies) Version(context.Context, string) (*policy.Policy, error) { return p.p, nil }

// an office is a notifier on a store of this process.
type office struct {
	*notify.Notifier
	store *memory.Store
	now   time.Time
	queue []desk.Nudge
	sent  []post.Letter
	says  post.Outcome // of every letter
}

// Send takes what is to be done at once; what is for later the test brings itself.
func (o *office) Send(_ context.Context, n desk.Nudge, after time.Duration) error {
	if after == 0 {
		o.queue = append(o.queue, n)
	}
	return nil
}

type sender struct{ o *office }

func (s sender) Send(_ context.Context, l post.Letter) post.Outcome {
	s.o.sent = append(s.o.sent, l)
	return s.o.says
}

func open(t *testing.T) *office {
	t.Helper()
	p, err := policy.Load(standard.Default, "default")
	if err != nil {
		t.Fatal(err)
	}
	o := &office{now: time.Date(2031, 3, 3, 12, 0, 0, 0, time.UTC), says: post.Outcome{Class: post.Accepted}}
	now := func() time.Time { return o.now }
	o.store = &memory.Store{Now: now, Pepper: []byte("a pepper")}
	senders := map[people.ChannelKind]notify.Sender{}
	for _, kind := range people.ChannelKinds {
		senders[kind] = sender{o}
	}
	o.Notifier = &notify.Notifier{
		Notices: o.store, Boxes: o.store, Lines: o.store, Tickets: o.store, Policies: policies{p}, People: o.store, Senders: senders,
		Queue: o, Console: "https://desk.example", Now: now, Log: slog.New(slog.DiscardHandler),
	}
	return o
}

// employs puts somebody into the directory.
func (o *office) employs(t *testing.T, m people.Member) {
	t.Helper()
	if err := o.store.SaveMember(t.Context(), m, people.Change{At: o.now, Who: "seed", What: "added", Kind: people.KindMember, Target: m.ID}); err != nil {
		t.Fatal(err)
	}
}

// breach makes a ticket whose breach these are told of.
func (o *office) breach(t *testing.T, to []string, step desk.StepKind) desk.Ticket {
	t.Helper()
	first := dynamotest.FirstMessage(t, o.store)
	if err := o.store.Commit(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	entry := desk.Entry{Version: 2, What: desk.Breached, At: o.now, Metric: desk.Acknowledge, Cycle: 1, Level: 1, Step: step, To: to, Deadline: o.now, Why: "acknowledge missed"}
	c := dynamotest.Change(first.After, entry)
	if err := o.store.Commit(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	return c.After
}

// works does what is on the queue, and what that puts there.
func (o *office) works(t *testing.T, about ...desk.Nudge) {
	t.Helper()
	for o.queue = append(o.queue, about...); len(o.queue) > 0; {
		n := o.queue[0]
		o.queue = o.queue[1:]
		if err := o.Tell(t.Context(), n); err != nil {
			t.Fatal(err)
		}
	}
}

func TestEachOfManyIsToldOnceWhoeverDiesOnTheWay(t *testing.T) {
	t.Parallel()
	o := open(t)
	var all []string
	for n := range 50 {
		id := fmt.Sprintf("agent-%02d", n)
		all = append(all, id)
		o.employs(t, people.Member{ID: id, Name: id, Channels: []people.Channel{{Kind: people.Email, To: id + "@desk.example"}, {Kind: people.Push, To: "phone"}}})
	}
	ticket := o.breach(t, all, desk.NotifyTeam)
	about := desk.Nudge{Ticket: ticket.ID, Version: ticket.Told}
	died, posts := errors.New("died"), 0
	o.store.Between = func(call string, done bool) error { // after the second of its transactions
		if call == "Post" && done {
			if posts++; posts == 2 {
				return died
			}
		}
		return nil
	}
	if err := o.Tell(t.Context(), about); !errors.Is(err, died) {
		t.Fatalf("it does not die: %v", err)
	}
	for range 2 {
		o.works(t, about)
	}
	for _, d := range due(t, o) { // what died left to the sweep
		o.works(t, d)
	}
	for _, id := range all {
		if unread, _, err := o.store.Rang(t.Context(), id); err != nil || unread != 1 {
			t.Errorf("%s has %d on the list, %v", id, unread, err)
		}
	}
	got := map[string]int{}
	for _, l := range o.sent {
		got[l.Owner]++
	}
	for _, id := range all {
		if got[id] != 2 {
			t.Errorf("%s got %d letters", id, got[id])
		}
	}
	if len(due(t, o)) > 0 {
		t.Errorf("%+v are left", due(t, o))
	}
}

// due are the nudges that the sweep would send.
func due(t *testing.T, o *office) (all []desk.Nudge) {
	t.Helper()
	found, err := o.store.Due(t.Context(), o.now, 1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range found {
		if d.Notices {
			all = append(all, d.Nudge)
		}
	}
	return all
}

func TestWhoIsToldByWhat(t *testing.T) {
	t.Parallel()
	mail, slack := people.Channel{Kind: people.Email, To: "a@desk.example"}, people.Channel{Kind: people.Slack, To: "room"}
	for name, tt := range map[string]struct {
		member people.Member
		step   desk.StepKind
		want   []string
	}{
		"by all that they have":           {people.Member{Channels: []people.Channel{mail, slack}}, desk.NotifyTeam, []string{"a@desk.example", "room"}},
		"of other kinds only":             {people.Member{Channels: []people.Channel{{Kind: people.Email, To: "a@desk.example", Only: []desk.NoticeKind{desk.ToldAssigned}}, slack}}, desk.NotifyTeam, []string{"room"}},
		"of this kind":                    {people.Member{Channels: []people.Channel{{Kind: people.Email, To: "a@desk.example", Only: []desk.NoticeKind{desk.ToldBreach}}}}, desk.NotifyTeam, []string{"a@desk.example"}},
		"of what is urgent, and this not": {people.Member{Channels: []people.Channel{{Kind: people.Slack, To: "room", Urgent: true}}}, desk.NotifyTeam, nil},
		"of what is urgent, and this is":  {people.Member{Channels: []people.Channel{{Kind: people.Slack, To: "room", Urgent: true}}}, desk.PageLead, []string{"room"}},
		"who has left":                    {people.Member{Left: true, Channels: []people.Channel{mail}}, desk.PageLead, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := open(t)
			tt.member.ID, tt.member.Name = "ann", "Ann"
			o.employs(t, tt.member)
			ticket := o.breach(t, []string{"ann"}, tt.step)
			o.works(t, desk.Nudge{Ticket: ticket.ID, Version: ticket.Told})
			var got []string
			for _, l := range o.sent {
				got = append(got, l.To)
				if l.Urgent != (tt.step == desk.PageLead) {
					t.Errorf("%s is urgent: %v", l.To, l.Urgent)
				}
			}
			slices.Sort(got)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestATicketsTeamIsToldBesideThoseNamed(t *testing.T) {
	t.Parallel()
	o := open(t)
	team := people.Team{ID: "care", Name: "Care", Channels: []people.Channel{{Kind: people.Slack, To: "care-room"}}}
	if err := o.store.SaveTeam(t.Context(), team, people.Change{At: o.now, Who: "seed", What: "added", Kind: people.KindTeam, Target: team.ID}); err != nil {
		t.Fatal(err)
	}
	first := dynamotest.FirstMessage(t, o.store)
	v := *first.Entry.Verdict
	v.Team = "care"
	first.Entry.Verdict = &v
	on := desk.Ticket{ID: first.After.ID}
	first.After = desk.Apply(on, first.Entry, dynamotest.Promises())
	if err := o.store.Commit(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	c := dynamotest.Change(first.After, desk.Entry{Version: 2, What: desk.Warned, At: o.now, Metric: desk.Acknowledge, Cycle: 1, Deadline: o.now})
	if err := o.store.Commit(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	o.works(t, desk.Nudge{Ticket: c.After.ID, Version: c.After.Told})
	if len(o.sent) != 1 || o.sent[0].To != "care-room" || o.sent[0].Owner != post.TeamOwner("care") {
		t.Fatalf("sent are %+v", o.sent)
	}
	log, err := o.store.Log(t.Context(), c.After.ID)
	if err != nil || len(log) != 3 || log[2].Why != "warning: slack of team care accepted" {
		t.Errorf("%v: %+v", err, log)
	}
}

func TestALetterSaysNothingThatAnybodyTyped(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.employs(t, people.Member{ID: "ann", Name: "Ann", Zone: "Europe/Athens", Channels: []people.Channel{{Kind: people.Email, To: "a@desk.example"}}})
	first := dynamotest.FirstMessage(t, o.store)
	if err := o.store.Commit(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	assign, err := first.After.Assign("lea", "ann", "Mr Placeholder rang about his card", o.now)
	if err != nil {
		t.Fatal(err)
	}
	c := dynamotest.Change(first.After, assign)
	if err := o.store.Commit(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	o.works(t, desk.Nudge{Ticket: c.After.ID, Version: c.After.Told})
	if len(o.sent) != 1 {
		t.Fatalf("sent are %+v", o.sent)
	}
	all := fmt.Sprintf("%+v %s", o.sent[0], o.sent[0].Data)
	for _, typed := range []string{"Placeholder", first.Entry.Message.Text, first.Event.Author.ID} {
		if strings.Contains(all, typed) {
			t.Errorf("it says %q: %s", typed, all)
		}
	}
	if !strings.Contains(all, "https://desk.example/tickets/"+string(c.After.ID)) {
		t.Errorf("it does not lead to the ticket: %s", all)
	}
}

func TestATryWhoseWriterDiedIsMadeAgainUnderTheSameID(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.employs(t, people.Member{ID: "ann", Name: "Ann", Channels: []people.Channel{{Kind: people.Email, To: "a@desk.example"}}})
	ticket := o.breach(t, []string{"ann"}, desk.PageLead)
	died, saves := errors.New("died"), 0
	o.store.Between = func(call string, done bool) error { // before it is written how the letter ended
		if call == "SaveBox" && !done {
			if saves++; saves == 2 {
				return died
			}
		}
		return nil
	}
	if err := o.Tell(t.Context(), desk.Nudge{Ticket: ticket.ID, Version: ticket.Told}); err != nil {
		t.Fatal(err)
	}
	box := o.queue[0]
	o.queue = nil
	if err := o.Tell(t.Context(), box); !errors.Is(err, died) {
		t.Fatalf("it does not die: %v", err)
	}
	o.works(t, box) // too early: whoever died may live
	if len(o.sent) != 1 {
		t.Fatalf("%d are sent at once", len(o.sent))
	}
	o.now = o.now.Add(post.Patience)
	o.works(t, box)
	if len(o.sent) != 2 || o.sent[0].ID != o.sent[1].ID || !o.sent[0].At.Equal(o.sent[1].At) {
		t.Errorf("sent are %+v", o.sent)
	}
}

func TestWhatWaitedForAnAddressThatWasGivenUpIsNotSentThere(t *testing.T) {
	t.Parallel()
	o := open(t)
	ann := people.Member{ID: "ann", Name: "Ann", Channels: []people.Channel{{Kind: people.Email, To: "a@desk.example"}}}
	o.employs(t, ann)
	ticket := o.breach(t, []string{"ann"}, desk.NotifyTeam)
	if err := o.Tell(t.Context(), desk.Nudge{Ticket: ticket.ID, Version: ticket.Told}); err != nil {
		t.Fatal(err)
	}
	ann.Channels, ann.Version = nil, 1
	o.employs(t, ann)
	o.works(t)
	log, err := o.store.Log(t.Context(), ticket.ID)
	if err != nil || len(o.sent) != 0 || log[len(log)-1].Why != "breach: email failed (refused): no longer a channel of theirs" {
		t.Errorf("%v: sent are %+v, the log says %q", err, o.sent, log[len(log)-1].Why)
	}
}

// older is a directory as it was seconds ago: nobody was in it.
type older struct{}

func (older) Directory(context.Context) (people.Directory, error) {
	return people.NewDirectory(nil, nil, nil), nil
}

func TestAChannelThatWasSavedJustNowIsTheirs(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.employs(t, people.Member{ID: "ann", Name: "Ann", Channels: []people.Channel{{Kind: people.Email, To: "a@desk.example"}}})
	o.People, o.Latest = older{}, o.store
	tester := &notify.Tester{Box: o.store, Queue: o, Now: o.Now}
	if err := tester.Test(t.Context(), post.Address{Owner: "ann", Kind: people.Email, To: "a@desk.example"}, "ann"); err != nil {
		t.Fatal(err)
	}
	o.queue = nil
	o.now = o.now.Add(time.Minute)
	all, err := o.store.Boxes(t.Context(), []post.Address{{Owner: "ann", Kind: people.Email, To: "a@desk.example"}})
	if err != nil {
		t.Fatal(err)
	}
	if o.works(t, desk.Nudge{Mailbox: all[0].ID}); len(o.sent) != 1 {
		t.Errorf("sent are %+v", o.sent)
	}
}
