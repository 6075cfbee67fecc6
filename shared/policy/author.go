package policy

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"example.com/skala/shared/desk"
)

// authors says how much it counts who speaks. What a platform does not tell is
// nil and counts neither way.
type authors struct {
	verified, vip, press, industry, organisation, reach influence
	followers                                           int64 // from which on reach counts
	troll                                               influence
	hints                                               int // how many hints make a troll
	fewFollowed                                         int64
	listed                                              map[string]places // by id or handle, perhaps with the platform before it
}

// An influence is what one trait of an author does.
type influence struct {
	weight int
	tiers  int
	tag    string
}

// traits tells which of those that rules ask for the author of m has.
func (s *authors) traits(m *Message) (is places) {
	if told(m.Author.VIP) {
		is |= 1 << isVIP
	}
	if told(m.Author.Verified) {
		is |= 1 << isVerified
	}
	if m.Author.Organisation != "" {
		is |= 1 << isBusiness
	}
	if len(s.listed) > 0 {
		is |= s.lookUp(m.Platform, m.Author.ID) | s.lookUp(m.Platform, m.Author.Handle)
	}
	return is
}

// lookUp finds an id or a handle on the lists, under its platform's name or any.
func (s *authors) lookUp(platform desk.Platform, name string) places {
	name = strings.TrimPrefix(name, "@")
	if name == "" {
		return 0
	}
	var memory [96]byte
	key := append(append(memory[:0], platform...), ':')
	from := len(key)
	for i := 0; i < len(name); i++ {
		c := name[i]
		if c >= utf8.RuneSelf {
			key = append(key[:from], strings.ToLower(name)...)
			break
		}
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		key = append(key, c)
	}
	if bytes.IndexByte(key[from:], ':') >= 0 { // no name may pass for one of another platform
		return s.listed[string(key)]
	}
	return s.listed[string(key)] | s.listed[string(key[from:])]
}

// listKey is what an entry of a list is looked up by.
func listKey(entry string) string {
	platform, name, ok := strings.Cut(entry, ":")
	if !ok {
		return strings.ToLower(strings.TrimPrefix(entry, "@"))
	}
	return strings.ToLower(platform) + ":" + strings.ToLower(strings.TrimPrefix(name, "@"))
}

// weigh returns the tier that the message deserves in place of t for who wrote
// it, and the reasons with those about the author. No author's trait raises
// beyond desk.Senior, and several do not add up.
func (s *authors) weigh(m *Message, baseless bool, t desk.Tier, reasons []desk.Reason) (desk.Tier, []desk.Reason) {
	move, is := 0, s.traits(m)
	trait := func(name string, holds bool, i *influence) {
		if holds && (i.weight != 0 || i.tiers != 0) {
			reasons = append(reasons, desk.Reason{Signal: name, Weight: i.weight})
			move = max(move, i.tiers)
		}
	}
	trait("author.verified", is&(1<<isVerified) != 0, &s.verified)
	trait("author.vip", is&(1<<isVIP) != 0, &s.vip)
	trait("author.press", is&(1<<isPress) != 0, &s.press)
	trait("author.industry", is&(1<<isIndustry) != 0, &s.industry)
	trait("author.organisation", m.Author.Organisation != "", &s.organisation)
	trait("author.reach", m.Author.Followers != nil && *m.Author.Followers >= s.followers, &s.reach)
	if move == 0 && s.trollish(m, baseless) {
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

// A Hint speaks for an author being out to provoke. None alone does.
type Hint string

// The hints. What a platform does not tell is none.
const (
	NoPicture   Hint = "no_picture"
	NoFollowers Hint = "no_followers"
	FollowsFew  Hint = "follows_few"
	Baseless    Hint = "baseless"   // attacks without a cause
	SaysAgain   Hint = "says_again" // and that in the same words
)

// Hints are those that there are of somebody who wrote what the verdict is on, and
// how many it takes for the policy to act on them; 0 where it never does. repeats is
// whether they have said the very same before.
func (p *Policy) Hints(a desk.Author, v desk.Verdict, repeats bool) (hints []Hint, enough int) {
	baseless := v.Abusive && causeless(v.Category)
	for n, holds := range p.authors.hinted(&a, baseless, repeats) {
		if holds {
			hints = append(hints, [...]Hint{NoPicture, NoFollowers, FollowsFew, Baseless, SaysAgain}[n])
		}
	}
	return hints, p.authors.hints
}

// hinted says of each hint whether it holds.
func (s *authors) hinted(a *desk.Author, baseless, repeats bool) [5]bool {
	return [...]bool{
		a.HasPicture != nil && !*a.HasPicture,
		a.Followers != nil && *a.Followers == 0,
		a.Following != nil && *a.Following <= s.fewFollowed,
		baseless,
		baseless && repeats,
	}
}

// trollish reports whether there are hints enough.
func (s *authors) trollish(m *Message, baseless bool) bool {
	hints := 0
	for _, holds := range s.hinted(&m.Author, baseless, m.Thread.Repeats) {
		if holds {
			hints++
		}
	}
	return s.hints > 0 && hints >= s.hints
}

// tag sets the tags that go with what the author is.
func (s *authors) tag(is places, tags []string) []string {
	for n, of := range [...]*influence{isVIP: &s.vip, isPress: &s.press, isIndustry: &s.industry, isBusiness: &s.organisation, isVerified: &s.verified} {
		if of.tag != "" && is&(1<<n) != 0 {
			tags = set(tags, of.tag)
		}
	}
	return tags
}

func told(b *bool) bool { return b != nil && *b }
