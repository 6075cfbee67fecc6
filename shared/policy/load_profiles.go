package policy

import (
	"go.yaml.in/yaml/v3"

	"example.com/skala/shared/desk"
)

// profiles reads all of them, so that a mistake in one that is not in force is
// found before it is, and keeps the one that profile names.
func (l *loader) profiles(root, profile, profiles *yaml.Node) {
	if profile == nil || profiles == nil {
		l.mistakes.add(root.Line, "there must be a profile, and profiles that it is one of")
		return
	}
	l.policy.Profile = l.text(profile, "profile")
	found := false
	for _, f := range l.fields(profiles, "profiles") {
		r := l.profile(f)
		if f.key == l.policy.Profile {
			r.used = l.policy.route.used
			l.policy.route, found = r, true
		}
	}
	if !found {
		l.mistakes.add(profile.Line, "profile: %q is not one of the profiles below", l.policy.Profile)
	}
}

func (l *loader) profile(f field) route {
	r := route{segment: map[string][5]routed{}}
	what := "profiles." + f.key
	severities := [5]routed{}
	for _, g := range l.fields(f.value, what, "none", "severity", "categories", "segments") {
		switch g.key {
		case "none":
			r.none = l.tier(g.value, what+".none")
		case "severity":
			severities = l.severities(g.value, what+".severity")
		case "categories":
			for _, h := range l.fields(g.value, what+".categories", categoryNames()...) {
				r.category[categoryOf(desk.Category(h.key))] = l.severities(h.value, what+"."+h.key)
			}
		case "segments":
			for _, h := range l.fields(g.value, what+".segments", b2b, b2c) {
				r.segment[h.key] = l.severities(h.value, what+"."+h.key)
			}
		}
	}
	for s, name := range severityNames {
		if !severities[s+1].set {
			l.mistakes.add(f.line, "%s: severity %s has no tier", what, name)
		}
		r.severity[s+1] = severities[s+1].tier
	}
	return r
}

// severities reads a mapping of severity to tier.
func (l *loader) severities(n *yaml.Node, what string) (to [5]routed) {
	for _, f := range l.fields(n, what, severityNames[:]...) {
		for s, name := range severityNames {
			if name == f.key {
				to[s+1] = routed{l.tier(f.value, what+"."+f.key), true}
			}
		}
	}
	return to
}
