package post_test

import (
	"testing"
	"time"

	"example.com/skala/shared/people"
	"example.com/skala/shared/post"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func at(after time.Duration) time.Time { return noon.Add(after) }

// somebodys is an empty box of a person.
func somebodys() post.Box {
	return post.Box{ID: "box", Address: post.Address{Owner: "lea", Kind: people.Email, To: "lea@desk.example"}}
}

// sends is a box whose letter with all that waits was taken.
func sends(b post.Box, now time.Time) post.Box {
	b = b.Try("token", now).End(post.Outcome{Class: post.Accepted}, now)
	b.Told = b.Sent
	return b
}

func TestABoxThatWasQuietIsEmptiedAtOnceAndThenOnceAMinute(t *testing.T) {
	t.Parallel()
	b := somebodys()
	if !b.ActAt(nil).IsZero() {
		t.Errorf("an empty box is looked at, at %v", b.ActAt(nil))
	}
	b = b.Drop(false, at(0))
	if !b.ActAt(nil).Equal(at(0)) {
		t.Errorf("the first line waits until %v", b.ActAt(nil))
	}
	b = sends(b, at(0))
	b = b.Drop(false, at(5*time.Second)).Drop(false, at(50*time.Second))
	if !b.ActAt(nil).Equal(at(time.Minute)) {
		t.Errorf("the next wait until %v", b.ActAt(nil))
	}
	b = sends(b, at(time.Minute))
	if b.Sent != 3 || !b.ActAt(nil).IsZero() {
		t.Errorf("%d are sent, looked at again at %v", b.Sent, b.ActAt(nil))
	}
	b = b.Drop(false, at(10*time.Minute))
	if !b.ActAt(nil).Equal(at(10 * time.Minute)) {
		t.Errorf("after a while one waits until %v", b.ActAt(nil))
	}
}

func TestNobodyGetsMoreThanTwentyLettersAnHourAndSixtyThatAreUrgent(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		urgent bool
		window time.Duration
		most   int
	}{{false, post.Window, 20}, {true, post.RushWindow, 60}} {
		b, letters, now := somebodys(), 0, noon
		for end := at(3 * time.Hour); ; letters++ {
			b = b.Drop(tt.urgent, now)
			next := b.ActAt(nil)
			if next.After(end) {
				break
			}
			if letters > 0 && next.Sub(now) < tt.window {
				t.Fatalf("urgent %v: letter %d comes %v after the one before", tt.urgent, letters+1, next.Sub(now))
			}
			now = next
			b = sends(b, now)
			if len(b.Past) > tt.most+1 {
				t.Fatalf("urgent %v: the box remembers %d letters", tt.urgent, len(b.Past))
			}
		}
		if want := 3*tt.most + 1; letters != want {
			t.Errorf("urgent %v: %d letters in three hours, want %d", tt.urgent, letters, want)
		}
	}
}

func TestQuietHoursHoldBackWhatCanWait(t *testing.T) {
	t.Parallel()
	morning := at(19 * time.Hour)
	night := func(at time.Time) time.Time {
		if at.Before(morning) {
			return morning
		}
		return at
	}
	b := somebodys().Drop(false, at(10*time.Hour))
	if !b.ActAt(night).Equal(morning) {
		t.Errorf("what can wait is sent at %v", b.ActAt(night))
	}
	b = b.Drop(true, at(11*time.Hour))
	if !b.ActAt(night).Equal(at(11 * time.Hour)) {
		t.Errorf("what is urgent is sent at %v", b.ActAt(night))
	}
	b = sends(b, at(11*time.Hour))
	if b.Sent != 2 {
		t.Error("what waited does not go along with it")
	}
	b = b.Drop(false, at(12*time.Hour))
	if !b.ActAt(night).Equal(morning) {
		t.Errorf("after that, what can wait is sent at %v", b.ActAt(night))
	}
}

func TestWhatIsUrgentWaitsForNobodyElsesMinute(t *testing.T) {
	t.Parallel()
	b := sends(somebodys().Drop(false, at(0)), at(0))
	b = b.Drop(false, at(time.Second)).Drop(true, at(20*time.Second))
	if !b.ActAt(nil).Equal(at(20 * time.Second)) {
		t.Errorf("it waits until %v", b.ActAt(nil))
	}
	b = sends(b, at(20*time.Second)).Drop(true, at(21*time.Second))
	if !b.ActAt(nil).Equal(at(30 * time.Second)) {
		t.Errorf("the next waits until %v", b.ActAt(nil))
	}
}

func TestAProgramGetsEverythingAtOnce(t *testing.T) {
	t.Parallel()
	b := post.Box{Address: post.Address{Kind: people.Webhook, To: "records"}}
	for n := range 100 {
		now := at(time.Duration(n) * time.Second)
		if b = b.Drop(false, now); !b.ActAt(func(time.Time) time.Time { return at(time.Hour) }).Equal(now) {
			t.Fatalf("line %d waits until %v", n+1, b.ActAt(nil))
		}
		b = sends(b, now)
	}
	if len(b.Past) > 0 { // an item of the table has an end, a storm has none
		t.Errorf("the box remembers %d letters that nobody counts", len(b.Past))
	}
}

func TestALetterIsTheSameHoweverOftenItIsTried(t *testing.T) {
	t.Parallel()
	b := somebodys().Drop(false, at(0)).Try("a", at(0))
	if b.ActAt(nil) != at(post.Patience) {
		t.Errorf("others may try at %v", b.ActAt(nil))
	}
	b = b.Drop(false, at(time.Second)).End(post.Outcome{Class: post.Unknown, Why: "broke off"}, at(2*time.Second))
	if b.Sent != 0 || b.Token != "" || !b.ActAt(nil).Equal(at(4*time.Second)) {
		t.Errorf("after a try that may have arrived: %+v", b)
	}
	b = b.Try("b", at(4*time.Second))
	if b.Upto != 1 || b.First != at(0) || b.Tries != 2 || len(b.Past) != 1 {
		t.Errorf("the second try has another letter: %+v", b)
	}
	b = b.End(post.Outcome{Class: post.Later, After: 10 * time.Minute}, at(5*time.Second))
	if !b.ActAt(nil).Equal(at(5*time.Second + 10*time.Minute)) {
		t.Errorf("asked for patience, it is tried again at %v", b.ActAt(nil))
	}
	b = b.Try("c", at(11*time.Minute)).End(post.Outcome{Class: post.Accepted}, at(11*time.Minute))
	b.Told = b.Sent
	if b.Sent != 1 || !b.ActAt(nil).Equal(at(12*time.Minute)) { // a minute after the letter came in
		t.Errorf("the line that came meanwhile is sent at %v: %+v", b.ActAt(nil), b)
	}
}

func TestALetterIsGivenUpAfterADay(t *testing.T) {
	t.Parallel()
	b := somebodys().Drop(false, at(0))
	tries := 0
	for ; b.Sent == 0; tries++ {
		now := b.ActAt(nil)
		if now.Sub(noon) > post.GiveUp {
			t.Fatalf("tried %v after it was put together", now.Sub(noon))
		}
		b = b.Try("token", now).End(post.Outcome{Class: post.Later, Why: "status 503"}, now)
	}
	if tries < 90 || tries > 110 || b.How != post.Later || b.Why != "status 503" {
		t.Errorf("%d tries, then %s: %s", tries, b.How, b.Why)
	}
	if b.ActAt(nil) != b.Ended {
		t.Errorf("its tickets are told at %v", b.ActAt(nil))
	}
}

func TestALetterTakesSoManyLinesAndTheNextTheRest(t *testing.T) {
	t.Parallel()
	b := somebodys()
	for n := range 3*post.MaxLines - 1 {
		b = b.Drop(n == 0, at(0))
	}
	b = sends(b, at(0))
	if b.Sent != post.MaxLines || !b.ActAt(nil).Equal(at(post.Window)) {
		t.Errorf("%d sent, the rest at %v", b.Sent, b.ActAt(nil))
	}
	b = sends(sends(b, at(post.Window)), at(2*post.Window))
	if b.Sent != b.Seq || !b.ActAt(nil).IsZero() {
		t.Errorf("%d of %d sent", b.Sent, b.Seq)
	}
}

func TestTheBoxOfATicketAtAVendorIsForgottenWhenNothingIsInIt(t *testing.T) {
	t.Parallel()
	b := post.Box{Address: post.VendorAddress("acme", "thread.1")}.Drop(false, at(0))
	if !b.Forget().IsZero() {
		t.Error("it is forgotten with what waits in it")
	}
	b = b.Try("token", at(0)).End(post.Outcome{Class: post.Accepted}, at(time.Second))
	if !b.Forget().IsZero() {
		t.Error("it is forgotten before its ticket knows how the letter ended")
	}
	if b.Told = b.Sent; !b.Forget().Equal(at(30*24*time.Hour + time.Second)) {
		t.Errorf("it is forgotten at %v", b.Forget())
	}
	if b = b.Drop(false, at(time.Hour)); !b.Forget().IsZero() {
		t.Error("it is forgotten with what came into it again")
	}
	if b = sends(somebodys().Drop(false, at(0)), at(0)); !b.Forget().IsZero() {
		t.Error("a person's is forgotten")
	}
}
