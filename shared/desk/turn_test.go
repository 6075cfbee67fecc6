package desk_test

import (
	"testing"
	"time"

	"example.com/skala/shared/desk"
)

func TestATurnKnowsTheLatestOfEachAndAllOfLately(t *testing.T) {
	t.Parallel()
	at := func(minute int) time.Time { return time.Date(2026, 11, 3, 10, minute, 0, 0, time.UTC) }
	var turn desk.Turn
	for n, who := range []string{"ann", "bo", "ann", "ann", "cy"} {
		turn = turn.Gave(desk.Gift{Who: who, Ticket: desk.NewTicketID("t", n), Weight: 1, At: at(n)})
	}
	if !turn.Last("ann").Equal(at(3)) || !turn.Last("bo").Equal(at(1)) || !turn.Last("dee").IsZero() {
		t.Errorf("the last were %v, %v", turn.Last("ann"), turn.Last("bo"))
	}
	if n := len(turn.Gifts); n != 3 { // of ann the last, which is of lately, bo's, and cy's
		t.Errorf("%d gifts are kept: %+v", n, turn.Gifts)
	}
	if got := turn.Lately("ann", at(4)); len(got) != 1 {
		t.Errorf("of lately ann has %+v", got)
	}
	if got := turn.Lately("bo", at(4)); len(got) != 0 {
		t.Errorf("of lately bo has %+v", got)
	}
	if g, ok := turn.Begun(desk.NewTicketID("t", 4), at(5)); !ok || g.Who != "cy" {
		t.Errorf("the last was begun by %+v", g)
	}
	if g, ok := turn.Begun(desk.NewTicketID("t", 4), at(6)); ok {
		t.Errorf("minutes later it is still begun: %+v", g)
	}
	log := []desk.Entry{{What: desk.Assigned, Assignee: "ann", Why: desk.GivenInTurn + "General"}, {What: desk.Assigned, Who: "lea", Assignee: "bo", Why: desk.GivenInTurn}, {What: desk.Assigned, Assignee: "cy"}}
	if got := desk.GivenBefore(log); len(got) != 1 || got[0] != "ann" {
		t.Errorf("given before to %v", got)
	}
}
