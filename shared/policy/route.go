package policy

import "example.com/skala/shared/desk"

// settle completes a verdict by what the policy makes of such a message beyond
// its words: whom it is routed to, and how fast a lane it takes.
func (p *Policy) settle(_ Message, v desk.Verdict) desk.Verdict { return v }
