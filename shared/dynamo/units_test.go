package dynamo_test

import (
	"testing"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/dynamo"
	"example.com/skala/shared/dynamo/dynamotest"
)

// budget is how many write units a new or appended message may cost.
const budget = 8

// spent commits c and returns what that cost.
func spent(t testing.TB, s *dynamo.Store, c desk.Change) (int, []dynamotest.Cost) {
	t.Helper()
	before, err := dynamotest.Snap(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Commit(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	after, err := dynamotest.Snap(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	return dynamotest.Units(before, after, true)
}

func TestAMessageStaysWithinItsBudgetOfUnits(t *testing.T) {
	t.Parallel()
	s := dynamotest.NewTable(t)
	c := dynamotest.FirstMessage(t, s)
	units, costs := spent(t, s, c)
	t.Logf("new: %d units %+v", units, costs)
	if units > budget {
		t.Errorf("a new ticket costs %d units: %+v", units, costs)
	}
	for n := range 5 {
		units, costs := spent(t, s, dynamotest.NextMessage(t, s, n+2))
		t.Logf("message %d: %d units %+v", n+2, units, costs)
		if units > budget {
			t.Errorf("message %d costs %d units: %+v", n+2, units, costs)
		}
	}
	ticket, err := s.Ticket(t.Context(), c.After.ID)
	if err != nil {
		t.Fatal(err)
	}
	claim, err := ticket.Claim("ann", "token", ticket.Updated, dynamotest.Promises())
	if err != nil {
		t.Fatal(err)
	}
	units, costs = spent(t, s, dynamotest.Change(ticket, claim))
	t.Logf("claim: %d units %+v", units, costs)
	ticket = dynamotest.Change(ticket, claim).After
	v := ticket.Verdict
	v.Category = desk.Fraud
	correct, err := ticket.Correct("ann", desk.Correction{Message: ticket.VerdictOn, Was: ticket.Verdict, Verdict: v, Tier: v.Tier, Keep: true}, ticket.Updated)
	if err != nil {
		t.Fatal(err)
	}
	units, costs = spent(t, s, dynamotest.Change(ticket, correct))
	t.Logf("correction: %d units %+v", units, costs)
}

func BenchmarkCommitOfANewTicket(b *testing.B) {
	s := dynamotest.NewTable(b)
	c := dynamotest.FirstMessage(b, s)
	units, _ := spent(b, s, c)
	for b.Loop() { // each on the same thread: the duplicate's answer is as far as the table goes
		if err := s.Commit(b.Context(), c); err == nil {
			b.Fatal("a duplicate was taken in")
		}
	}
	b.ReportMetric(float64(units), "units/message")
}
