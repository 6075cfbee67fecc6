package memory

import (
	"maps"
	"slices"

	"example.com/skala/shared/desk"
)

// These copy what has pointers, slices and maps in it, so that whoever gets a value
// may do with it as they like. A field that is added to one of these types and
// missing here fails a test.

func of[T any](p *T) *T {
	if p == nil {
		return nil
	}
	v := *p
	return &v
}

func cloneAuthor(a desk.Author) desk.Author {
	a.Followers, a.Following, a.Posts = of(a.Followers), of(a.Following), of(a.Posts)
	a.Verified, a.HasPicture, a.VIP, a.Created = of(a.Verified), of(a.HasPicture), of(a.VIP), of(a.Created)
	return a
}

func cloneVerdict(v desk.Verdict) desk.Verdict {
	v.Tags, v.Reasons = slices.Clone(v.Tags), slices.Clone(v.Reasons)
	return v
}

func cloneTicket(t desk.Ticket) desk.Ticket {
	t.Author, t.Verdict = cloneAuthor(t.Author), cloneVerdict(t.Verdict)
	t.Tags, t.Outbox, t.Grace = slices.Clone(t.Tags), slices.Clone(t.Outbox), slices.Clone(t.Grace)
	t.Clocks, t.Unanswered = slices.Clone(t.Clocks), slices.Clone(t.Unanswered)
	t.Ties = cloneTies(t.Ties)
	return t
}

func cloneTies(ties desk.Ties) desk.Ties {
	ties.Links, ties.Swarm = slices.Clone(ties.Links), slices.Clone(ties.Swarm)
	return ties
}

func cloneMessage(m desk.Message) desk.Message {
	m.Author, m.Attachments = cloneAuthor(m.Author), slices.Clone(m.Attachments)
	if m.Template != nil {
		t := *m.Template
		t.Parameters = slices.Clone(t.Parameters)
		m.Template = &t
	}
	return m
}

func cloneEntry(e desk.Entry) desk.Entry {
	if e.Message != nil {
		m := cloneMessage(*e.Message)
		e.Message = &m
	}
	if e.Verdict != nil {
		v := cloneVerdict(*e.Verdict)
		e.Verdict = &v
	}
	if e.Was != nil {
		v := cloneVerdict(*e.Was)
		e.Was = &v
	}
	e.Origin = of(e.Origin)
	e.To, e.Tags = slices.Clone(e.To), slices.Clone(e.Tags)
	return e
}

func cloneRaw(r desk.RawEvent) desk.RawEvent {
	r.Header, r.Body, r.Fetched = maps.Clone(r.Header), slices.Clone(r.Body), slices.Clone(r.Fetched)
	return r
}

func cloneCard(c desk.Card) desk.Card {
	c.Tags = slices.Clone(c.Tags)
	return c
}
