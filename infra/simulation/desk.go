package simulation

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"time"

	"example.com/skala/infra/simulation/judge"
	"example.com/skala/infra/simulator/customers"
	"example.com/skala/infra/simulator/idp"
	"example.com/skala/infra/simulator/memory"
	"example.com/skala/shared/audit"
	"example.com/skala/shared/console"
	"example.com/skala/shared/courier"
	"example.com/skala/shared/desk"
	"example.com/skala/shared/escalate"
	"example.com/skala/shared/fetch"
	"example.com/skala/shared/notify"
	"example.com/skala/shared/nudge"
	"example.com/skala/shared/people/roster"
	"example.com/skala/shared/platform"
	"example.com/skala/shared/policy/versions"
	"example.com/skala/shared/post"
	"example.com/skala/shared/redrive"
	"example.com/skala/shared/triage"
	"example.com/skala/shared/webhook"
)

//go:embed accounts.yaml
var accounts []byte

// Noon is when simulations begin: a Monday.
var Noon = time.Date(2031, 3, 3, 12, 0, 0, 0, time.UTC)

// A Desk is a whole desk and all who have to do with it, in one goroutine and by one
// seed: the real steps on a store and queues in memory.
type Desk struct {
	Witness *judge.Witness

	cfg     Config
	now     time.Time // as it really is
	skew    time.Duration
	plan    events
	planned int
	pumps   []source
	depth   int
	acting  *doing
	weather *weather

	chance  *rand.Rand // what goes wrong
	fate    *rand.Rand // customers
	conduct *rand.Rand // agents

	store     *memory.Store
	inbound   *memory.Queue[desk.RawEvent]
	due       *memory.Queue[desk.Nudge]
	outbound  *memory.Queue[desk.Nudge]
	notices   *memory.Queue[desk.Nudge]
	wanted    *memory.Queue[fetch.Job] // whose name somebody is to ask for
	tiers     tiers
	documents [][]byte
	rules     func(hash string) *judge.Rules

	apps    map[desk.App]platform.Webhooks
	secrets map[desk.App]string
	door    http.Handler
	front   *front
	triager *triage.Triager[platform.Webhooks]
	worker  *escalate.Worker
	sweep   *escalate.Sweep
	aside   aside // what a sweep or an audit sends
	teller  *notify.Notifier
	auditor *audit.Auditor
	asker   *fetch.Fetch[platform.Webhooks, *party]
	post    *courier.Courier[*party]
	console http.Handler
	idp     http.Handler
	network []*party
	mail    []mood          // of all that takes letters
	lent    map[string]bool // what the vendor had, by its letter
	eager   bool            // the vendor, who answers at once in a story

	book     *customers.Book
	threads  map[string]*customer // by author
	authors  map[string]*customer // by ticket
	staff    []*agent
	held     []claim // of late, by anybody
	silenced bool    // customers and agents are gone
	posted   int
	said     int // messages
	told     int // events

	// What happened, for the report.
	spelled                                              map[string]int
	ills, deaths, meetings, lostNudges, deployed, storms int
	done                                                 map[string]int // verbs by how the console answered
}

// open puts a desk together.
func open(cfg Config) (*Desk, error) {
	d := &Desk{
		cfg: cfg, now: Noon, Witness: judge.NewWitness(), weather: calm(), threads: map[string]*customer{}, authors: map[string]*customer{}, lent: map[string]bool{}, spelled: map[string]int{}, done: map[string]int{},
		chance: rand.New(rand.NewPCG(cfg.Seed, 1)), fate: rand.New(rand.NewPCG(cfg.Seed, 2)), conduct: rand.New(rand.NewPCG(cfg.Seed, 3)),
	}
	if cfg.Rough > 0 {
		d.weather = storms(cfg.Rough)
	}
	var err error
	if d.book, err = customers.Open(); err != nil {
		return nil, err
	}
	if d.documents, err = documents(); err != nil {
		return nil, err
	}
	if d.rules, err = rules(d.documents); err != nil {
		return nil, err
	}
	if err := d.assemble(); err != nil {
		return nil, err
	}
	if _, err := d.store.PutPolicy(context.Background(), d.documents[0], d.now); err != nil {
		return nil, err
	}
	if err := d.hire(); err != nil {
		return nil, err
	}
	return d, nil
}

// assemble puts the steps together as their functions do, each with what it keeps at
// hand of its own.
func (d *Desk) assemble() error {
	known, err := platform.Load(accounts, "the simulation's accounts", platform.ForSigning|platform.ForReading)
	if err != nil {
		return err
	}
	d.apps, d.secrets = known.Receivers(), map[desk.App]string{}
	for _, app := range known.Apps() {
		d.secrets[app.App] = app.Secrets[0]
		for _, a := range app.Accounts {
			d.network = append(d.network, &party{d: d, account: a.ID, repeatable: app.Platform == "line"})
		}
	}
	log := slog.New(slog.DiscardHandler)
	if d.cfg.Log != nil {
		log = d.cfg.Log
	}
	d.store = &memory.Store{Now: d.clock, Pepper: []byte("a pepper of the simulation"), Between: d.between}
	d.inbound = &memory.Queue[desk.RawEvent]{Name: "inbound", Now: d.clock, Hidden: 200 * time.Second, Most: 40, Between: d.between}
	d.due = &memory.Queue[desk.Nudge]{Name: "due", Now: d.clock, Hidden: 200 * time.Second, Most: 20, Between: d.between}
	d.outbound = &memory.Queue[desk.Nudge]{Name: "outbound", Now: d.clock, Hidden: 200 * time.Second, Most: 20, Between: d.between}
	d.wanted = &memory.Queue[fetch.Job]{Name: "fetch", Now: d.clock, Hidden: 200 * time.Second, Most: receives, Between: d.between}
	d.tiers = tiers{&memory.Tiers{}, d}
	d.notices = &memory.Queue[desk.Nudge]{Name: "notices", Now: d.clock, Hidden: 200 * time.Second, Most: 20, Between: d.between}
	for tier := range d.tiers.Tiers {
		d.tiers.Tiers[tier] = &memory.Queue[desk.Nudge]{Name: fmt.Sprintf("tier%d", tier), Now: d.clock, Between: d.between}
	}
	policies := func() *versions.Book {
		return &versions.Book{Versions: d.store, Default: d.documents[0], Now: d.Now}
	}
	crew := func() *roster.Book { return &roster.Book{Reader: d.store, Now: d.Now} }
	nudger := func() *nudge.Nudger {
		return &nudge.Nudger{Tiers: d.tiers, Outbound: nudges{d, d.outbound}, Due: nudges{d, d.due}, Notices: nudges{d, d.notices}}
	}
	d.front = &front{d: d}
	d.door = (&webhook.Door[platform.Webhooks]{Apps: d.apps, Inbound: d.front, Table: d.front, Ledger: d.front, Now: d.Now, Log: log}).Handler()
	d.triager = &triage.Triager[platform.Webhooks]{
		Apps: d.apps, Directory: known, Policies: policies(), Threads: d.store, Targets: d.store, Logs: d.store, Fetch: d.inbound, Shelf: d.store, Ledger: d.store,
		Nudger: nudger(), People: crew(), Now: d.Now, Log: log,
	}
	d.worker = &escalate.Worker{
		Tickets: d.store, Spills: d.store, Inbound: d.inbound, Policies: policies(), People: crew(), Nudger: nudger(), Profiles: profiles{d}, Now: d.Now, Log: log,
	}
	d.sweep = &escalate.Sweep{Index: d.store, Queue: &d.aside.due, Notices: &d.aside.notices, Now: d.Now, Log: log}
	d.post = &courier.Courier[*party]{Carrier: d.carrier, Tickets: d.store, Policies: policies(), Nudger: nudger(), Now: d.Now, Log: log}
	d.auditor = &audit.Auditor{
		Ledger: d.store, Lists: d.store, Tickets: d.store, Policies: policies(), Brands: append(known.Brands(), desk.UnknownBrand), Now: d.Now, Log: log,
		Nudger: &nudge.Nudger{Tiers: &d.aside.tiers, Outbound: &d.aside.outbound, Due: &d.aside.due, Notices: &d.aside.notices},
	}
	d.teller = &notify.Notifier{
		Notices: d.store, Boxes: d.store, Lines: d.store, Tickets: d.store, Policies: policies(), People: crew(), Latest: d.store, Queue: nudges{d, d.notices}, Due: nudges{d, d.due}, Said: d.store, Now: d.Now, Log: log,
		Senders: d.senders(), Programs: programs, Vendors: []post.Vendor{supplier()},
	}
	d.asker = &fetch.Fetch[platform.Webhooks, *party]{
		Apps: d.apps, Sender: d.carrier, Inbound: d.inbound, Later: d.wanted, Tickets: d.store, Policies: policies(), Now: d.Now, Log: log,
	}
	d.pumps = []source{
		&pump[desk.RawEvent]{d, d.inbound, d.triages},
		&pump[desk.Nudge]{d, d.due, d.works},
		&pump[desk.Nudge]{d, d.outbound, d.carries},
		&pump[desk.Nudge]{d, d.notices, d.tellsPeople},
		&pump[fetch.Job]{d, d.wanted, d.asks},
	}
	return d.openConsole(console.Config{
		Tickets: d.store, Logs: d.store, Lists: d.store, Shelf: d.store, Ledger: d.store, Queues: d.tiers, DeadLetters: memory.DeadLetterQueues{},
		Redriver: &redrive.Redriver[platform.Webhooks]{Apps: d.apps, Shelf: d.store, Marks: d.store, Ledger: d.store, Inbound: d.inbound, Spills: d.store, Now: d.Now, Log: log},
		Nudger:   nudger(), Policies: policies(), People: crew(), Keeper: d.store, Changes: d.store, Customers: d.store, Onlookers: d.store, Capability: platform.Capability, Parts: platform.Parts, Brands: known.Brands(),
		SessionKey: bytes.Repeat([]byte("key"), 12), Now: d.Now, Log: log,
	})
}

// address is where agents open the console, issuer where they sign in to it. Neither
// is on any network.
const (
	address = "https://desk.example"
	issuer  = "https://people.example/idp"
)

func (d *Desk) openConsole(cfg console.Config) error {
	people, err := idp.New(idp.Config{Issuer: issuer, Client: "skala-console", Redirect: address + "/auth/callback", People: persons(), Now: d.Now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	d.idp = people.Handler()
	cfg.SignIn = console.SignIn{Issuer: issuer, ClientID: "skala-console", PublicURL: address, Client: &http.Client{Transport: within{d.idp}}}
	c, err := console.New(cfg)
	if err != nil {
		return err
	}
	d.console = c.Handler()
	return nil
}

// triages has triage take an event in, and gives up with the last try as its queue's
// function does.
func (d *Desk) triages(raw desk.RawEvent, attempt int) error {
	author := d.authorOf(raw)
	err := d.step("triage", func(ctx context.Context) error {
		d.acting.hurt = raw.App == roastery // who may be faster than our note that they have a ticket
		err := d.triager.Event(ctx, raw)
		if err != nil && attempt >= receives {
			return d.triager.GiveUp(ctx, raw, err)
		}
		return err
	}, author)
	if late := d.Now().Sub(raw.Received); err == nil && late > judge.Prompt/2 {
		d.Witness.Trouble(author, raw.Received, d.Now())
	}
	return err
}

// receives is how often the inbound queue hands an event out, as template.yaml has
// it.
const receives = 20

// works has the worker of the due queue look at something.
func (d *Desk) works(n desk.Nudge, _ int) error {
	return d.step("worker", func(ctx context.Context) error { return d.worker.Due(ctx, n) }, string(n.Ticket))
}

// carries has a courier send what waits on a ticket.
func (d *Desk) carries(n desk.Nudge, _ int) error {
	return d.step("courier", func(ctx context.Context) error { return d.post.Ticket(ctx, n) }, string(n.Ticket))
}

// tellsPeople has the notifier take a notice to those whom it is for.
func (d *Desk) tellsPeople(n desk.Nudge, _ int) error {
	return d.step("notifier", func(ctx context.Context) error { return d.teller.Tell(ctx, n) }, string(n.Ticket), judge.Letters)
}

// slack is how late the schedule may run.
const slack = time.Minute

// schedule plans the sweeps: one a minute, late by up to as much, some twice, some
// not at all.
func (d *Desk) schedule(minute time.Time) {
	d.at(minute, func() { d.schedule(minute.Add(time.Minute)) })
	late := time.Duration(d.chance.Int64N(int64(slack)))
	if d.chances(d.weather.missed) {
		return
	}
	times := 1
	if d.chances(d.weather.twice) {
		times = 2
	}
	for n := range times {
		d.at(minute.Add(late+time.Duration(n)*time.Second), d.sweeps)
	}
}

// sweeps has the schedule run.
func (d *Desk) sweeps() {
	if d.weather.still > 0 {
		return
	}
	began := d.Now()
	err := d.step("sweep", func(ctx context.Context) error {
		if err := d.sweep.Run(ctx); err != nil {
			return err
		}
		return d.aside.send(ctx, d)
	})
	d.aside.forget()
	if err == nil && d.skew == 0 {
		d.Witness.Swept(began)
	}
}

// audits has the auditor run, to whom nothing happens: it looks at many tickets side
// by side, and chance would have no order.
func (d *Desk) audits() {
	d.after(d.cfg.Audit, d.audits)
	if d.weather.down["table"]+d.weather.still > 0 {
		return
	}
	acting := d.acting
	d.acting = nil
	defer func() { d.acting = acting }()
	ctx := context.Background()
	if err := errors.Join(d.auditor.Run(ctx), d.aside.send(ctx, d)); err != nil && d.weather.quiet {
		panic(err)
	}
}

// deploy puts the next version of the policy in force.
func (d *Desk) deploy() {
	d.deployed++
	if _, err := d.store.PutPolicy(context.Background(), d.documents[d.deployed%len(d.documents)], d.Now()); err != nil {
		panic(err)
	}
}

// within is a network of one host in this process.
type within struct{ host http.Handler }

// RoundTrip hands a request over.
func (w within) RoundTrip(r *http.Request) (*http.Response, error) {
	rec := &answer{header: http.Header{}}
	w.host.ServeHTTP(rec, r)
	return rec.response(r), nil
}
