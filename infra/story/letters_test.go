package story_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/skala/infra/policy"
	"example.com/skala/infra/story"
	"example.com/skala/shared/desk"
	"example.com/skala/shared/people"
	"example.com/skala/shared/post"
)

// paging is a policy under which a missed acknowledge pages the lead at once.
func paging() []byte {
	return bytes.Replace(policy.Default, []byte("\nchains:\n"), []byte("\nchains:\n  - {name: ours, when: {metrics: [acknowledge]}, steps: [{do: page}]}\n"), 1)
}

func lea(channels ...people.Channel) people.Member {
	return people.Member{ID: "lea", Name: "Lea", Roles: []string{"lead"}, Zone: "Europe/London", Channels: channels}
}

func ann(quiet people.Week, channels ...people.Channel) people.Member {
	return people.Member{ID: "ann", Name: "Ann", Roles: []string{"senior"}, Zone: "Europe/London", Quiet: quiet, Channels: channels}
}

var mail = people.Channel{Kind: people.Email, To: "somebody@desk.example"}

// gives has the lead give the author's ticket to somebody.
func gives(d *story.Desk, author, to string) {
	d.T.Helper()
	d.Does(author, func(t desk.Ticket, now time.Time, w desk.Clockwork) (desk.Entry, error) {
		return t.Assign("lea", to, "for you", now)
	})
}

// came are the letters of a kind, by when after noon and how many lines each has.
func came(d *story.Desk, kind people.ChannelKind) (all []string) {
	for _, s := range d.Letters.Sent(kind) {
		all = append(all, fmt.Sprintf("%v: %d", s.At.Sub(story.Noon), len(s.Lines)+s.More))
	}
	return all
}

func TestABreachPagesTheLeadByEveryChannelAtOnce(t *testing.T) {
	t.Parallel()
	d := story.Tell(t, paging())
	d.Programs = []string{"records"}
	channels := []people.Channel{mail, {Kind: people.Slack, To: "leads"}, {Kind: people.Push, To: "phone"}}
	d.Joins(lea(channels...))
	d.Says("somchai", chargedTwice)
	d.FastForward(3*time.Minute + 2*time.Second)
	id := d.Of("somchai").ID
	for _, c := range append(channels, people.Channel{Kind: people.Webhook, To: "records"}) {
		sent := d.Letters.Sent(c.Kind)
		sent = slices.DeleteFunc(sent, func(s story.Sent) bool { return !s.Urgent })
		if len(sent) != 1 || sent[0].To != c.To || sent[0].At.Sub(story.Noon) > 3*time.Minute+2*time.Second || sent[0].Thread != string(id) || sent[0].Lines[0].Link != "https://desk.example/tickets/"+string(id) {
			t.Errorf("by %s: %+v", c.Kind, sent)
		}
		for _, s := range sent {
			if strings.Contains(fmt.Sprint(s), "ตัดเงิน") || strings.Contains(string(s.Data), "somchai") {
				t.Errorf("by %s it says what the customer did: %+v", c.Kind, s)
			}
		}
	}
	rings, _, err := d.Store.Bell(t.Context(), "lea", "", 10)
	if err != nil || len(rings) != 1 || rings[0].Notice.Kind != desk.ToldBreach {
		t.Errorf("on her list %+v, %v", rings, err)
	}
	got := d.Results("somchai")
	slices.Sort(got)
	want := []string{
		"breach: email accepted (lea)", "breach: push accepted (lea)", "breach: shown in the console (lea)", "breach: slack leads accepted (lea)",
		"breach: webhook records accepted", "warning: webhook records accepted",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("on the timeline (-want +got)\n%s", diff)
	}
	if log, _ := d.Store.Log(t.Context(), id); len(log) != len(want)+3 {
		t.Errorf("being told of it makes more to tell: %s", d.Log("somchai"))
	}
}

func TestWhatComesTogetherIsOneLetterAMinute(t *testing.T) {
	t.Parallel()
	d := story.Tell(t, policy.Default)
	d.Joins(ann(nil, mail), lea())
	for n := range 4 {
		author := fmt.Sprint("author", n)
		d.Says(author, chargedTwice)
		gives(d, author, "ann")
		d.FastForward(10 * time.Second)
	}
	d.FastForward(2 * time.Minute)
	if diff := cmp.Diff([]string{"0s: 1", "1m0s: 3"}, came(d, people.Email)[:2]); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if second := d.Letters.Sent(people.Email)[1]; second.Thread != "" || !strings.HasSuffix(second.Subject, ", and 2 more") {
		t.Errorf("the second is %+v", second)
	}
	if got := d.Results("author3"); !slices.Contains(got, "assigned: email accepted (ann)") {
		t.Errorf("its ticket knows %q", got)
	}
}

func TestAtNightOnlyWhatIsUrgentIsSent(t *testing.T) {
	t.Parallel()
	night := people.Week{"mon": {"11:00-13:30"}}
	d := story.Tell(t, paging())
	d.Joins(ann(night, mail), func() people.Member {
		m := lea(people.Channel{Kind: people.Slack, To: "leads"})
		m.Quiet = night
		return m
	}())
	d.Says("malee", "ร้านเปิดกี่โมงคะ")
	gives(d, "malee", "ann")
	d.Says("somchai", chargedTwice)
	d.FastForward(10 * time.Minute)
	if len(d.Letters.Sent(people.Email)) != 0 {
		t.Errorf("ann is told at night: %v", came(d, people.Email))
	}
	if all := came(d, people.Slack); len(all) != 1 {
		t.Errorf("the lead is paged at %v", all)
	}
	if unread, _, err := d.Store.Rang(t.Context(), "ann"); err != nil || unread != 1 {
		t.Errorf("in the console ann has %d, %v", unread, err)
	}
	d.LoseNudges()
	d.FastForward(90 * time.Minute)
	if all := came(d, people.Email); len(all) != 1 || !strings.HasPrefix(all[0], "1h30m0s") {
		t.Errorf("ann is told at %v", all)
	}
}

func TestALostNoticeIsFoundByTheSweepAndToldOnce(t *testing.T) {
	t.Parallel()
	d := story.Tell(t, policy.Default)
	d.Joins(ann(nil, mail), lea())
	d.Deaf = true
	d.Says("somchai", "ร้านเปิดกี่โมงคะ")
	gives(d, "somchai", "ann")
	d.LoseNudges()
	d.Deaf = false
	d.FastForward(2 * time.Minute)
	if all := came(d, people.Email); len(all) != 1 || len(d.Results("somchai")) != 2 {
		t.Errorf("told at %v: %q", all, d.Results("somchai"))
	}
	d.FastForward(10 * time.Minute)
	due, err := d.Store.Due(t.Context(), d.Now(), 100)
	if due = slices.DeleteFunc(due, func(d desk.Due) bool { return !d.Notices }); err != nil || len(due) > 0 {
		t.Errorf("the sweep still finds %+v, %v", due, err)
	}
}

func TestTenAtOnceTellEachOnce(t *testing.T) {
	t.Parallel()
	d := story.Tell(t, policy.Default)
	d.Joins(ann(nil, mail, people.Channel{Kind: people.Push, To: "phone"}), lea())
	d.Deaf = true
	d.Says("somchai", "ร้านเปิดกี่โมงคะ")
	gives(d, "somchai", "ann")
	ticket := d.Of("somchai")
	done := make(chan struct{})
	for range 10 {
		go func() {
			defer func() { done <- struct{}{} }()
			d.Notifies(desk.Nudge{Ticket: ticket.ID, Version: ticket.Told})
		}()
	}
	for range 10 {
		<-done
	}
	d.Deaf = false
	d.FastForward(2 * time.Minute)
	if a, b := came(d, people.Email), came(d, people.Push); len(a) != 1 || len(b) != 1 {
		t.Errorf("by mail %v, by push %v", a, b)
	}
	if unread, _, err := d.Store.Rang(t.Context(), "ann"); err != nil || unread != 1 || len(d.Results("somchai")) != 3 {
		t.Errorf("on her list %d, %v; on the timeline %q", unread, err, d.Results("somchai"))
	}
}

func TestALetterThatIsNotTakenIsTriedForADayAndThenFails(t *testing.T) {
	t.Parallel()
	d := story.Tell(t, policy.Default)
	d.Joins(ann(nil, mail), lea())
	tries, ids := []time.Duration{}, map[string]bool{}
	d.Letters.Answer = func(_ people.ChannelKind, l post.Letter) post.Outcome {
		tries, ids[l.ID] = append(tries, d.Now().Sub(story.Noon)), true
		if len(tries) == 1 {
			return post.Outcome{Class: post.Later, After: 10 * time.Minute, Why: "status 429"}
		}
		return post.Outcome{Class: post.Unknown, Why: "the connection broke off"}
	}
	d.Says("somchai", "ร้านเปิดกี่โมงคะ")
	gives(d, "somchai", "ann")
	d.FastForward(30 * time.Minute)
	if len(tries) < 5 || tries[1] < 10*time.Minute || tries[1] > 10*time.Minute+time.Second || len(ids) != 1 {
		t.Errorf("tried at %v under %d ids", tries, len(ids))
	}
	d.SetTime(story.Noon.Add(23*time.Hour + 59*time.Minute))
	d.FastForward(time.Second)
	if got := d.Results("somchai"); !slices.Contains(got, "assigned: email failed (unknown): the connection broke off (ann)") {
		t.Errorf("its ticket knows %q", got)
	}
}

func TestARefusedLetterFailsAtOnceAndTheNextGoesOut(t *testing.T) {
	t.Parallel()
	d := story.Tell(t, policy.Default)
	d.Joins(ann(nil, mail), lea())
	d.Letters.Answer = func(_ people.ChannelKind, l post.Letter) post.Outcome {
		if len(d.Letters.Sent(people.Email)) == 0 && l.At.Equal(story.Noon) {
			return post.Outcome{Class: post.Refused, Why: "status 550"}
		}
		return post.Outcome{Class: post.Accepted}
	}
	d.Says("somchai", "ร้านเปิดกี่โมงคะ")
	gives(d, "somchai", "ann")
	d.FastForward(2 * time.Minute)
	gives(d, "somchai", "bob")
	gives(d, "somchai", "ann")
	d.FastForward(2 * time.Minute)
	want := []string{"assigned: shown in the console (ann)", "assigned: email failed (refused): status 550 (ann)", "assigned: shown in the console (bob)", "assigned: shown in the console (ann)", "assigned: email accepted (ann)"}
	if diff := cmp.Diff(want, d.Results("somchai")); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestNobodyIsToldByAChannelThatTheyGaveUp(t *testing.T) {
	t.Parallel()
	d := story.Tell(t, policy.Default)
	d.Joins(ann(people.Week{"mon": {"11:00-13:30"}}, mail), lea())
	d.Says("somchai", "ร้านเปิดกี่โมงคะ")
	gives(d, "somchai", "ann")
	d.FastForward(time.Minute)
	d.Joins(ann(nil))
	d.FastForward(2 * time.Hour)
	if all := came(d, people.Email); len(all) != 0 || !slices.Contains(d.Results("somchai"), "assigned: email failed (refused): no longer a channel of theirs (ann)") {
		t.Errorf("%v; %q", all, d.Results("somchai"))
	}
}

func TestBeingToldTouchesNoClock(t *testing.T) {
	t.Parallel()
	told, not := story.Tell(t, paging()), story.Tell(t, paging())
	told.Joins(lea(mail))
	not.Joins(lea(mail))
	not.Deaf = true
	for _, d := range []*story.Desk{told, not} {
		d.Says("somchai", chargedTwice)
		d.FastForward(20 * time.Minute)
	}
	a, b := told.Of("somchai"), not.Of("somchai")
	if diff := cmp.Diff(b.Clocks, a.Clocks); diff != "" || a.Version == b.Version || a.Touched != b.Touched {
		t.Errorf("versions %d and %d, touched %d and %d (-not +told)\n%s", b.Version, a.Version, b.Touched, a.Touched, diff)
	}
}
