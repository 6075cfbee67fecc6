package schedule

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"example.com/skala/infra/crash/world"
	"example.com/skala/shared/desk"
)

// words are what customers say: critical, low, and what needs no answer.
var words = []string{"I was charged twice", "I was charged twice, not once", "What are your opening hours?", "Hello?", "Thank you!"}

var apps = []desk.App{world.Line, world.Second, world.Standard}

// A customer is one person on one account.
type customer struct {
	app    desk.App
	author string
}

func (r Round) customer(n int) customer {
	return customer{apps[n%len(apps)], fmt.Sprintf("U4af4980629%022x", n)}
}

// customers is how many people there are: as many on each account.
func (r Round) customers() int { return len(apps) * max(1, r.Events/18) }

// An arrival is what a platform posts next: events, or the place of what it posts
// once more.
type arrival struct {
	events []world.Event
	broken []byte
	again  int // the place of an arrival before; -1 for none
}

// arrival draws what the nth is. It depends on the seed and n alone, so that fewer
// events are the beginning of more.
func (r Round) arrival(n int) arrival {
	random := rand.New(rand.NewPCG(r.Seed, uint64(n)+1))
	c := r.customer(random.IntN(r.customers()))
	e := world.Event{App: c.app, Kind: desk.MessageCreated, Key: fmt.Sprintf("event-%d", n), ID: fmt.Sprintf("message-%d", n), Author: c.author, Text: words[random.IntN(len(words))]}
	near := fmt.Sprintf("message-%d", max(0, n-random.IntN(12)+3)) // of somebody, before or after
	switch dice := random.IntN(100); {
	case dice < 10 && n > 0:
		return arrival{again: random.IntN(n)}
	case dice < 20:
		e.Kind, e.Target = desk.MessageDeleted, near
	case dice < 28 && c.app == world.Standard:
		e.Kind, e.Target = desk.MessageEdited, near
	case dice < 33:
		e.Kind = desk.Contact
	case dice < 35:
		e.Kind = "parcel.lost"
	case dice < 37:
		return arrival{broken: fmt.Appendf(nil, "what is %d?", n), again: -1}
	case dice < 50 && c.app != world.Standard:
		events := []world.Event{e}
		for k := range random.IntN(3) {
			other := e
			other.Key, other.ID = fmt.Sprintf("event-%d-%d", n, k), fmt.Sprintf("message-%d-%d", n, k)
			other.Author = r.customer(len(apps)*random.IntN(r.customers()/len(apps)) + slices.Index(apps, c.app)).author
			events = append(events, other)
		}
		return arrival{events: events, again: -1}
	case dice >= 50 && dice < 57: // of which the platform has to be asked
		return arrival{events: []world.Event{world.Mention(fmt.Sprintf("179%014d", n))}, again: -1}
	case dice >= 57 && dice < 62: // whose author it is asked for
		id := fmt.Sprintf("m_%d", n)
		return arrival{events: []world.Event{{App: world.Instagram, Kind: desk.MessageCreated, Key: id, ID: id, Author: fmt.Sprintf("270%013d", random.IntN(3)), Text: e.Text}}, again: -1}
	}
	return arrival{events: []world.Event{e}, again: -1}
}
