package desk_test

import (
	"testing"
	"time"

	"example.com/skala/shared/desk"
)

func TestWhatIsRaisedUnderAClaimIsItsNewTiersAfterIt(t *testing.T) {
	t.Parallel()
	// Ann claims a minute before the deadline and writes an answer; the chain raises
	// the ticket above her tier while she is at work on it.
	raised := func(t *testing.T) *course {
		c := chained(t, "Tue 10:00", "steps: [{do: raise}, {do: page, after: 10m}], repeat: 10m, limit: 3", press())
		c.now = c.at("Tue 10:14")
		c.write(c.Claim("ann", "token", c.now, c.plan))
		c.write(c.Reply("token", "r1", desk.Draft{Text: "we look into it"}, 0, c.now))
		return c.until("Tue 10:15").told("Tue 10:15 |: escalated from tier 1 to tier 2").is(desk.Open, desk.Individual, "ann")
	}
	t.Run("her answer does not go out and her claim lapses", func(t *testing.T) {
		t.Parallel()
		c := raised(t)
		c.write(desk.Entry{What: desk.SendFailed, Target: "r1"}, nil)
		c.until("Tue 10:50").told("Tue 10:19 lapsed", "Tue 10:25 |: paged lea (press)", "Tue 10:35 |: paged lea (press)").is(desk.New, desk.Individual, "")
		if !c.WantsNudge() {
			t.Error("nobody is told of it")
		}
	})
	t.Run("it goes out and the customer writes again", func(t *testing.T) {
		t.Parallel()
		c := raised(t)
		c.write(desk.Entry{What: desk.Sent, Target: "r1", Seen: 1}, nil).is(desk.Waiting, desk.Individual, "ann")
		c.until("Tue 10:20").told("Tue 10:19 lapsed").says("m2", desk.Normal).is(desk.New, desk.Individual, "")
	})
	t.Run("she holds it", func(t *testing.T) {
		t.Parallel()
		c := raised(t)
		c.write(c.Hold("ann", c.now.Add(time.Hour), "the bank is asked", c.now)).is(desk.OnHold, desk.Individual, "")
	})
	t.Run("she solves it", func(t *testing.T) {
		t.Parallel()
		c := raised(t)
		c.write(c.Solve("ann", "", c.now))
		c.says("m2", desk.Normal).is(desk.New, desk.Individual, "")
	})
	t.Run("somebody takes it over", func(t *testing.T) {
		t.Parallel()
		c := raised(t)
		c.write(c.TakeOver("nok", "another", c.now, c.plan))
		c.write(c.Reply("another", "r2", desk.Draft{Text: "so do we"}, 0, c.now))
		c.until("Tue 10:21").is(desk.Open, desk.Individual, "nok")
	})
}
