// Package channel reads the file of notifications: by which servers, keys and
// addresses the desk tells people and programs, and no others. What is a secret
// stands there; the directory names it.
package channel

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net/mail"
	"net/url"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"example.com/skala/shared/channel/email"
	"example.com/skala/shared/channel/outbound"
	"example.com/skala/shared/channel/push"
	"example.com/skala/shared/channel/webhook"
	"example.com/skala/shared/desk"
	"example.com/skala/shared/people"
	"example.com/skala/shared/platform/signature"
)

// A File is what a file of notifications says. What it leaves out is not there to be
// told by.
type File struct {
	Private   bool          // addresses of this machine and its network are allowed, and http
	Email     *email.Server // nil for none
	Push      *Push         // nil for none
	Endpoints map[string]Endpoint
	Slack     map[string]string // addresses of incoming webhooks by their names
	Vendors   []Vendor          // the first that fits gets a ticket
}

// An Endpoint is a program, and the kinds of notices of which it is told all.
type Endpoint struct {
	webhook.Endpoint
	On []desk.NoticeKind
}

// A Push is what push services know the desk by.
type Push struct {
	Key     push.Key
	Contact string
}

// Load reads a file. The error has a line for each mistake: name, line, reason.
func Load(doc []byte, name string) (*File, error) {
	r := &reader{}
	root := r.open(doc)
	f := &File{Endpoints: map[string]Endpoint{}, Slack: map[string]string{}}
	if root != nil {
		found := r.top(root)
		f.Private = r.truth(found["private"], "private")
		f.Email = r.email(found["email"], f.Private)
		f.Push = r.push(found["push"])
		for _, node := range r.list(found["endpoints"], "endpoints") {
			r.endpoint(node, f)
		}
		for _, node := range r.list(found["slack"], "slack") {
			r.slack(node, f)
		}
		for _, node := range r.list(found["vendors"], "vendors") {
			r.vendor(node, f)
		}
	}
	if len(r.wrong) > 0 {
		return nil, r.fail(name)
	}
	return f, nil
}

// top are the fields of the file itself.
func (r *reader) top(root *yaml.Node) map[string]*yaml.Node {
	return r.fields(root, "the file", "private", "email", "push", "endpoints", "slack", "vendors")
}

// Programs returns the names of those that are told of every notice of a kind.
func (f *File) Programs(kind desk.NoticeKind) []string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(f.Endpoints)) {
		if slices.Contains(f.Endpoints[name].On, kind) {
			names = append(names, name)
		}
	}
	return names
}

// Reach is what people can choose of it.
func (f *File) Reach() people.Reach {
	r := people.Reach{Mail: f.Email != nil, Slack: slices.Sorted(maps.Keys(f.Slack)), Webhooks: slices.Sorted(maps.Keys(f.Endpoints))}
	if f.Push != nil {
		r.PushKey = f.Push.Key.Public
	}
	return r
}

// LoadReach reads of a file what people can choose of it. What is a secret may be left
// out: whoever asks needs none.
func LoadReach(doc []byte, name string) (people.Reach, error) {
	r := &reader{}
	var reach people.Reach
	if root := r.open(doc); root != nil {
		found := r.top(root)
		reach.Mail = found["email"] != nil
		if node := found["push"]; node != nil {
			reach.PushKey = r.must(node, r.fields(node, "push", "public_key", "private_key", "contact"), "push", "public_key")
		}
		reach.Webhooks = r.names(found["endpoints"], "endpoints", "an endpoint", "name", "url", "secrets", "on")
		reach.Slack = r.names(found["slack"], "slack", "an address of slack", "name", "url")
	}
	if len(r.wrong) > 0 {
		return people.Reach{}, r.fail(name)
	}
	return reach, nil
}

// names are those of the entries of a list, in their order.
func (r *reader) names(list *yaml.Node, field, what string, known ...string) []string {
	var names []string
	for _, node := range r.list(list, field) {
		found := r.fields(node, what, known...)
		names = append(names, r.name(node, found, what, slices.Contains(names, r.text(found["name"], "name"))))
	}
	slices.Sort(names)
	return names
}

func (r *reader) email(node *yaml.Node, private bool) *email.Server {
	if node == nil {
		return nil
	}
	found := r.fields(node, "email", "host", "port", "username", "password", "from", "tls")
	s := &email.Server{
		Host: r.must(node, found, "email", "host"), Port: r.port(node, found), Username: r.text(found["username"], "username"), Password: r.text(found["password"], "password"),
		TLS: email.TLS(cmp.Or(r.text(found["tls"], "tls"), string(email.StartTLS))),
	}
	from, err := mail.ParseAddress(r.must(node, found, "email", "from"))
	if err == nil {
		s.From, s.Name = from.Address, from.Name
	} else if found["from"] != nil {
		r.mistake(found["from"], "from is no mail address")
	}
	switch {
	case !slices.Contains([]email.TLS{email.StartTLS, email.Always, email.Never}, s.TLS):
		r.mistake(found["tls"], "tls is starttls, always or never")
	case s.TLS == email.Never && !private:
		r.mistake(found["tls"], "tls can be never only where private addresses are allowed")
	}
	if (s.Username == "") != (s.Password == "") {
		r.mistake(node, "email: username and password go together")
	}
	return s
}

func (r *reader) push(node *yaml.Node) *Push {
	if node == nil {
		return nil
	}
	found := r.fields(node, "push", "public_key", "private_key", "contact")
	public, private := r.must(node, found, "push", "public_key"), r.must(node, found, "push", "private_key")
	p := &Push{Contact: r.must(node, found, "push", "contact")}
	if public != "" && private != "" {
		var err error
		if p.Key, err = push.NewKey(public, private); err != nil {
			r.mistake(node, "push: %v", err)
		}
	}
	if u, err := url.Parse(p.Contact); p.Contact != "" && (err != nil || u.Scheme != "mailto" && u.Scheme != "https") {
		r.mistake(found["contact"], "contact begins with mailto: or https:")
	}
	return p
}

func (r *reader) endpoint(node *yaml.Node, f *File) {
	found := r.fields(node, "an endpoint", "name", "url", "secrets", "on")
	name := r.name(node, found, "an endpoint", f.Endpoints[r.text(found["name"], "name")].URL != "")
	e := Endpoint{}
	e.URL = r.address(node, found, "an endpoint", f.Private)
	e.Keys = r.keys(node, found, "an endpoint")
	for _, kind := range r.list(found["on"], "on") {
		k := desk.NoticeKind(r.text(kind, "on"))
		if !slices.Contains(desk.NoticeKinds, k) {
			r.mistake(kind, "nobody is told of %q", k)
		}
		e.On = append(e.On, k)
	}
	f.Endpoints[name] = e
}

// keys are those that what goes to an address is signed with.
func (r *reader) keys(node *yaml.Node, found map[string]*yaml.Node, what string) (keys []*signature.SHA256) {
	secrets := r.list(found["secrets"], "secrets")
	if len(secrets) == 0 {
		r.mistake(node, "%s has one or more secrets", what)
	}
	for _, secret := range secrets {
		key, err := webhook.Key(r.text(secret, "a secret"))
		if err != nil {
			r.mistake(secret, "a secret %v", err)
			continue
		}
		keys = append(keys, key)
	}
	return keys
}

func (r *reader) slack(node *yaml.Node, f *File) {
	found := r.fields(node, "an address of slack", "name", "url")
	name := r.name(node, found, "an address of slack", f.Slack[r.text(found["name"], "name")] != "")
	f.Slack[name] = r.address(node, found, "an address of slack", f.Private)
}

func (r *reader) name(node *yaml.Node, found map[string]*yaml.Node, what string, taken bool) string {
	name := r.must(node, found, what, "name")
	switch {
	case name == "":
	case len(name) > 64 || strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") != "":
		r.mistake(found["name"], "%q is no name: letters, digits, - and _, at most 64", name)
	case taken:
		r.mistake(found["name"], "%q is there twice", name)
	}
	return name
}

func (r *reader) address(node *yaml.Node, found map[string]*yaml.Node, what string, private bool) string {
	address := r.must(node, found, what, "url")
	if address != "" {
		if err := outbound.Address(address, private); err != nil {
			r.mistake(found["url"], "url %v", err)
		}
	}
	return address
}

func (r *reader) fail(name string) error {
	slices.SortStableFunc(r.wrong, func(a, b mistake) int { return cmp.Compare(a.line, b.line) })
	var errs []error
	for _, m := range r.wrong {
		errs = append(errs, fmt.Errorf("%s:%d: %s", name, m.line, m.reason))
	}
	return errors.Join(errs...)
}

// must is the text of a field that cannot be left out.
func (r *reader) must(node *yaml.Node, found map[string]*yaml.Node, what, field string) string {
	if found[field] == nil {
		r.mistake(node, "%s has a %s", what, field)
		return ""
	}
	text := r.text(found[field], field)
	if strings.TrimSpace(text) == "" {
		r.mistake(found[field], "%s is empty", field)
	}
	return text
}
