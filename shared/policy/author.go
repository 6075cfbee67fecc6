package policy

import "example.com/skala/shared/desk"

// authors says how much it counts who speaks. What a platform does not tell is
// nil and counts neither way.
type authors struct {
	verified, vip, organisation, reach influence
	followers                          int64 // from which on reach counts
	troll                              influence
	hints                              int // how many hints make a troll
	fewFollowed                        int64
}

// An influence is what one trait of an author does.
type influence struct {
	weight int
	tiers  int
}

// weigh returns the tier that a message of author a deserves in place of t, and
// the reasons with those about the author. No author's trait raises beyond
// desk.Senior, and several do not add up.
func (s *authors) weigh(a desk.Author, baseless bool, t desk.Tier, reasons []desk.Reason) (desk.Tier, []desk.Reason) {
	move := 0
	trait := func(name string, holds bool, i influence) {
		if holds && (i.weight != 0 || i.tiers != 0) {
			reasons = append(reasons, desk.Reason{Signal: "author." + name, Weight: i.weight})
			move = max(move, i.tiers)
		}
	}
	trait("verified", told(a.Verified), s.verified)
	trait("vip", told(a.VIP), s.vip)
	trait("organisation", a.Organisation != "", s.organisation)
	trait("reach", a.Followers != nil && *a.Followers >= s.followers, s.reach)
	if move == 0 && s.trollish(a, baseless) {
		reasons = append(reasons, desk.Reason{Signal: "author.troll", Weight: s.troll.weight})
		move = s.troll.tiers
	}
	switch {
	case move > 0 && t < desk.Senior:
		t = min(desk.Senior, t+desk.Tier(move))
	case move < 0:
		t = desk.Tier(max(int(min(t, desk.General)), int(t)+move))
	}
	return t, reasons
}

// trollish counts the hints: no picture, no followers, follows few, attacks
// without a cause.
func (s *authors) trollish(a desk.Author, baseless bool) bool {
	hints := 0
	for _, hint := range [...]bool{
		a.HasPicture != nil && !*a.HasPicture,
		a.Followers != nil && *a.Followers == 0,
		a.Following != nil && *a.Following <= s.fewFollowed,
		baseless,
	} {
		if hint {
			hints++
		}
	}
	return s.hints > 0 && hints >= s.hints
}

func told(b *bool) bool { return b != nil && *b }
