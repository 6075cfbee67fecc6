package console

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/logs"
	"example.com/skala/shared/people"
	"example.com/skala/shared/post"
)

// Browsers are those that agreed to be told by web push, by who they are of.
type Browsers interface {
	Subscribe(ctx context.Context, member string, sub post.Subscription) error
	Unsubscribe(ctx context.Context, member, id string) error
}

// Boxes are what waits for an address, and how the last letter to it ended: in the
// order of the addresses.
type Boxes interface {
	Boxes(ctx context.Context, of []post.Address) ([]post.Box, error)
}

// A Tester sends an address a line that says that it is a test, by the way that
// everything goes.
type Tester interface {
	Test(ctx context.Context, to post.Address, by string) error
}

// Notifications are how people are told of what goes on, beside the pages. What is
// nil is not there: then nobody is told by it.
type Notifications struct {
	Bells    Bells
	Browsers Browsers
	Boxes    Boxes
	Tester   Tester
	Reach    people.Reach // by which channels anybody can be told at all
}

var errNoChannel = errors.New("there is no such channel: save it first")

// heardOtherwise changes how somebody is told. It is decided on whatever they are now,
// unless they say what they had before them.
func (c *Console) heardOtherwise(ctx context.Context, who people.Person, seen int64, change func(*people.Member)) (people.Member, error) {
	asked := c.members()
	asked.may = func(d people.Directory, who people.Person, was, is people.Member) error {
		return d.MayHear(who, was, is)
	}
	check := asked.check
	asked.check = func(d people.Directory, is people.Member) []people.Mistake { // of their other fields nothing is decided
		return slices.DeleteFunc(check(d, is), func(m people.Mistake) bool { return !slices.Contains(people.OfHearing, m.Field) })
	}
	for range maxTries {
		d, err := c.cfg.Keeper.Directory(ctx)
		if err != nil {
			return people.Member{}, err
		}
		was, ok := d.Members[who.ID]
		if !ok || was.Left {
			return was, errNotListed
		}
		is := was
		is.Channels = slices.Clone(was.Channels)
		change(&is)
		w := wish{who: who, seen: seen}
		if seen == seenAny || seen == seenNone {
			w.seen = was.Version
		}
		is, _, err = keep(ctx, c, asked, w, is)
		if errors.Is(err, errMoved) && w.seen != seen {
			continue // somebody changed them meanwhile
		}
		if err == nil {
			c.forget(ctx, who, was.Channels, is.Channels)
		}
		return is, err
	}
	return people.Member{}, errMoved
}

// forget takes away the browsers that no channel names any more. One that stays
// because that fails is told nothing.
func (c *Console) forget(ctx context.Context, who people.Person, was, is []people.Channel) {
	for _, ch := range was {
		if ch.Kind != people.Push || hasChannel(is, ch.Kind, ch.To) || c.cfg.Notifications.Browsers == nil {
			continue
		}
		if err := c.cfg.Notifications.Browsers.Unsubscribe(ctx, who.ID, ch.To); err != nil {
			c.cfg.Log.WarnContext(ctx, "browser not forgotten", "err", err)
		}
	}
}

func hasChannel(all []people.Channel, kind people.ChannelKind, to string) bool {
	return slices.ContainsFunc(all, func(ch people.Channel) bool { return ch.Kind == kind && ch.To == to })
}

// reached adds to what is wrong with an item the channels that there is no way to.
func (c *Console) reached(wrong []people.Mistake, was, is []people.Channel) []people.Mistake {
	return append(wrong, c.cfg.Notifications.Reach.Check(was, is)...)
}

// A browserInput is what a browser says when it subscribes (its toJSON).
type browserInput struct {
	Endpoint       string `json:"endpoint"`
	ExpirationTime any    `json:"expirationTime"` // no service gives one
	Keys           struct {
		P256dh string `json:"p256dh"`
		Auth   string `json:"auth"`
	} `json:"keys"`
}

// subscription checks what a browser says. It is known by its endpoint: a browser
// that subscribes again is the same.
func (c *Console) subscription(in browserInput) (post.Subscription, error) {
	u, err := url.Parse(in.Endpoint)
	loopback := c.signin.origin != nil && c.signin.origin.Scheme == "http" && err == nil && u.Scheme == "http" && u.Hostname() == "127.0.0.1" // both are of one machine
	if err != nil || len(in.Endpoint) > 2000 || u.Host == "" || u.User != nil || u.Scheme != "https" && !loopback {
		return post.Subscription{}, wrongField("endpoint", "it is no https address")
	}
	key, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(in.Keys.P256dh, "="))
	if err != nil || len(key) != 65 || key[0] != 4 {
		return post.Subscription{}, wrongField("keys", "p256dh is no public key of P-256 in base64url")
	}
	auth, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(in.Keys.Auth, "="))
	if err != nil || len(auth) != 16 {
		return post.Subscription{}, wrongField("keys", "auth is not 16 bytes in base64url")
	}
	sum := sha256.Sum256([]byte(in.Endpoint))
	return post.Subscription{
		ID: hex.EncodeToString(sum[:8]), Endpoint: in.Endpoint, P256dh: base64.RawURLEncoding.EncodeToString(key), Auth: base64.RawURLEncoding.EncodeToString(auth), At: c.now(),
	}, nil
}

// subscribe keeps a browser and adds it to the channels of who it is of.
func (c *Console) subscribe(ctx context.Context, who people.Person, in browserInput) (people.Member, people.Channel, error) {
	ch := people.Channel{Kind: people.Push}
	sub, err := c.subscription(in)
	if err != nil {
		return people.Member{}, ch, err
	}
	ch.To = sub.ID
	browsers := c.cfg.Notifications.Browsers
	if browsers == nil {
		return people.Member{}, ch, wrongField("channels", "this desk has no web push")
	}
	d, err := c.cfg.Keeper.Directory(ctx)
	if err != nil {
		return people.Member{}, ch, err
	}
	had := hasChannel(d.Members[who.ID].Channels, ch.Kind, ch.To)
	if err := browsers.Subscribe(ctx, who.ID, sub); err != nil { // first: a channel without it would lead nowhere
		return people.Member{}, ch, err
	}
	m, err := c.heardOtherwise(ctx, who, seenAny, func(m *people.Member) {
		if !hasChannel(m.Channels, ch.Kind, ch.To) {
			m.Channels = append(m.Channels, ch)
		}
	})
	if err != nil && !had {
		if problem := browsers.Unsubscribe(ctx, who.ID, sub.ID); problem != nil {
			c.cfg.Log.WarnContext(ctx, "browser not forgotten", "err", problem)
		}
	}
	return m, ch, err
}

// test sends a test to one of the channels of an owner.
func (c *Console) test(ctx context.Context, who people.Person, owner string, all []people.Channel, kind people.ChannelKind, to string) error {
	if !hasChannel(all, kind, to) {
		return errNoChannel
	}
	if c.cfg.Notifications.Tester == nil {
		return wrongField("channels", "this desk sends nothing")
	}
	logs.Note(ctx, "channel", kind)
	return c.cfg.Notifications.Tester.Test(ctx, post.Address{Owner: owner, Kind: kind, To: to}, who.ID)
}

// room is a team whose channels who may change; may is false where they may only see
// that there are some.
func (c *Console) room(r *http.Request, who people.Person) (t people.Team, may bool, err error) {
	d, err := c.cfg.Keeper.Directory(r.Context())
	if err != nil {
		return t, false, err
	}
	t, ok := d.Teams[r.PathValue("id")]
	if !ok {
		return t, false, errNoItem
	}
	return t, d.MayKeepRoom(who, t.ID) == nil, nil
}

// keepRoom changes how a team is told, its channels and their language, and nothing
// else of it.
func (c *Console) keepRoom(ctx context.Context, who people.Person, id string, seen int64, change func(*people.Team)) (people.Team, error) {
	asked := c.teams()
	asked.may = func(d people.Directory, who people.Person, was, _ people.Team) error {
		return d.MayKeepRoom(who, was.ID)
	}
	check := asked.check
	asked.check = func(d people.Directory, is people.Team) []people.Mistake {
		return slices.DeleteFunc(check(d, is), func(m people.Mistake) bool { return m.Field != "channels" && m.Field != "reads" })
	}
	for range maxTries {
		d, err := c.cfg.Keeper.Directory(ctx)
		if err != nil {
			return people.Team{}, err
		}
		is, ok := d.Teams[id]
		if !ok {
			return is, errNoItem
		}
		w := wish{who: who, seen: seen}
		if seen == seenAny || seen == seenNone {
			w.seen = is.Version
		}
		change(&is)
		is, _, err = keep(ctx, c, asked, w, is)
		if !errors.Is(err, errMoved) || w.seen == seen {
			return is, err
		}
	}
	return people.Team{}, errMoved
}

// A channelState says how it went with an address last.
type channelState struct {
	Waiting int64      `json:"waiting"` // lines that no letter took along yet
	Trying  bool       `json:"trying"`  // a letter is on its way, or is tried again
	Next    instant    `json:"next"`    // when it is tried again
	Ended   instant    `json:"ended"`   // when the last letter came to its end; null before the first
	How     post.Class `json:"how"`
	Why     string     `json:"why"`
}

// states returns how it went with the channels of an owner, in their order. That it
// cannot be read keeps no page back.
func (c *Console) states(ctx context.Context, owner string, all []people.Channel) []channelState {
	states := make([]channelState, len(all))
	if c.cfg.Notifications.Boxes == nil || len(all) == 0 {
		return states
	}
	of := make([]post.Address, len(all))
	for i, ch := range all {
		of[i] = post.Address{Owner: owner, Kind: ch.Kind, To: ch.To}
	}
	boxes, err := c.cfg.Notifications.Boxes.Boxes(ctx, of)
	if err != nil {
		c.cfg.Log.WarnContext(ctx, "boxes not read", "err", err)
		return states
	}
	for i, b := range boxes {
		states[i] = channelState{Waiting: b.Seq - max(b.Upto, b.Sent), Trying: b.Upto > b.Sent, Ended: instant(b.Ended), How: b.How, Why: b.Why}
		if states[i].Trying && b.Tries > 0 && b.Token == "" {
			states[i].Next = instant(b.Until)
		}
	}
	return states
}

// onlySome is the kinds that a channel is told of, nil for all of them.
func onlySome(kinds []string) (some []desk.NoticeKind) {
	if len(kinds) >= len(desk.NoticeKinds) {
		return nil
	}
	for _, kind := range kinds {
		some = append(some, desk.NoticeKind(kind))
	}
	return some
}

// Last and Again are for the page's clock: nil where a letter is not tried again yet.
func (s channelState) Last() time.Time { return time.Time(s.Ended) }
func (s channelState) Again() *time.Time {
	if at := time.Time(s.Next); !at.IsZero() {
		return &at
	}
	return nil
}
