package desk

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// A customer is a person: one identity, or several that somebody confirmed to be
// theirs. What is alike on two platforms only suggests it.

// An Identity is somebody on one platform, by the id that they have there.
type Identity struct {
	Platform Platform `json:"platform"`
	ID       string   `json:"id"`
	Name     string   `json:"name,omitempty"`
	Handle   string   `json:"handle,omitempty"`
}

// Identity is who wrote the ticket; its id is empty where their platform keeps it.
func (t Ticket) Identity() Identity {
	return Identity{Platform: t.Platform, ID: t.Author.ID, Name: t.Author.Name, Handle: t.Author.Handle}
}

// Is reports whether both are one and the same, however they are called by now.
func (i Identity) Is(j Identity) bool { return i.Platform == j.Platform && i.ID == j.ID }

// String names an identity as the audit log does.
func (i Identity) String() string { return string(i.Platform) + ":" + i.ID }

// Sameness is what somebody said of two identities.
type Sameness string

// What can be said.
const (
	SamePerson  Sameness = "same"
	OtherPerson Sameness = "other" // is not suggested again
	NothingSaid Sameness = ""      // what was said is taken back
)

// A Kinship is what was said of an identity and another.
type Kinship struct {
	With     Identity   `json:"with"`
	Is       Sameness   `json:"is"`
	Evidence []Evidence `json:"evidence,omitempty"` // that there was when it was said
	Why      string     `json:"why,omitempty"`
	Who      string     `json:"who"`
	At       time.Time  `json:"at"`
}

// Evidence is a way in which two authors are alike.
type Evidence string

// The kinds of evidence, the strongest first.
const (
	SameAlias        Evidence = "alias"        // the id of one is another id of the other
	SameHandle       Evidence = "handle"       // the name that they chose to be addressed by
	SameName         Evidence = "name"         // the name that they go by
	SameOrganisation Evidence = "organisation" // never alone: many work there
)

// ownNames is how many identities may go by a name before it tells nobody apart.
const ownNames = 5

// nobodys are what platforms call those of whom they tell no name.
var nobodys = []string{"facebook user", "instagram user", "google user", "a google user", "deleted user", "anonymous", "unknown", "guest", "user", "customer"}

// HandleMark is the handle as it is compared; empty where it is too short to tell
// somebody apart.
func (a Author) HandleMark() string {
	return markOf(strings.TrimPrefix(strings.TrimSpace(a.Handle), "@"), 4)
}

// NameMark is the name as it is compared; empty where it tells nobody apart.
func (a Author) NameMark() string { return markOf(a.Name, 6) }

func markOf(name string, least int) string {
	mark := strings.ToLower(strings.Join(strings.Fields(name), " "))
	if utf8.RuneCountInString(mark) < least || slices.Contains(nobodys, mark) {
		return ""
	}
	return mark
}

// Alike lists in which ways two authors are, the strongest first; none where nothing
// that tells people apart is.
func (a Author) Alike(b Author) (all []Evidence) {
	if a.Alias != "" && (a.Alias == b.Alias || a.Alias == b.ID) || b.Alias != "" && b.Alias == a.ID {
		all = append(all, SameAlias)
	}
	if mark := a.HandleMark(); mark != "" && mark == b.HandleMark() {
		all = append(all, SameHandle)
	}
	if mark := a.NameMark(); mark != "" && mark == b.NameMark() {
		all = append(all, SameName)
	}
	if len(all) > 0 && a.Organisation != "" && strings.EqualFold(a.Organisation, b.Organisation) {
		all = append(all, SameOrganisation)
	}
	return all
}

// A Suggestion is an identity that may be the same person's, and why.
type Suggestion struct {
	Identity
	Evidence []Evidence `json:"evidence"`
}

// Suggest returns whom of the authors of some tickets t's author may be, the
// strongest evidence first, then in the order of platform and id. Those of whom
// something was said are not among them, nor those who share nothing but a name
// that many go by.
func (t Ticket) Suggest(tickets []Ticket, said []Kinship) (all []Suggestion) {
	self, named := t.Identity(), 0
	for _, other := range tickets {
		who := other.Identity()
		if who.ID == "" || who.Is(self) || slices.ContainsFunc(all, func(s Suggestion) bool { return s.Is(who) }) {
			continue
		}
		evidence := t.Author.Alike(other.Author)
		if len(evidence) == 0 {
			continue
		}
		if slices.Contains(evidence, SameName) {
			named++
		}
		all = append(all, Suggestion{who, evidence})
	}
	all = slices.DeleteFunc(all, func(s Suggestion) bool {
		return s.Evidence[0] == SameName && named > ownNames || slices.ContainsFunc(said, func(k Kinship) bool { return k.With.Is(s.Identity) && k.Is != NothingSaid })
	})
	slices.SortFunc(all, func(a, b Suggestion) int {
		if c := slices.Index(evidences, a.Evidence[0]) - slices.Index(evidences, b.Evidence[0]); c != 0 {
			return c
		}
		if c := len(b.Evidence) - len(a.Evidence); c != 0 {
			return c
		}
		return strings.Compare(a.String(), b.String())
	})
	return all
}

var evidences = []Evidence{SameAlias, SameHandle, SameName, SameOrganisation}
