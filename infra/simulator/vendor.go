package simulator

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// vendorFaults are the ways in which a vendor's answer can be wrong, or come wrong.
var vendorFaults = []string{"twice", "forged", "late"}

// vendorStatuses are what a vendor can say.
var vendorStatuses = []string{"working", "question", "done", "declined"}

// A VendorAnswer is what a vendor is to say about a ticket.
type VendorAnswer struct {
	Ticket    string `json:"ticket"`
	Status    string `json:"status"`
	Text      string `json:"text,omitempty"`
	Reference string `json:"reference,omitempty"`
	ID        string `json:"id,omitempty"`    // the webhook-id; empty for a new one
	Fault     string `json:"fault,omitempty"` // twice, forged or late; empty for none
}

// vendors are those of the accounts file, with what they sign by.
type vendors struct {
	webhooks string // origin that their webhooks go to
	keys     map[string][]byte
	client   *http.Client
	now      func() time.Time
}

// readVendors reads of the accounts file what vendors know of it.
func readVendors(doc []byte, webhooks string, now func() time.Time) (*vendors, error) {
	var file struct {
		Apps []struct {
			Name     string   `yaml:"name"`
			Platform string   `yaml:"platform"`
			Secrets  []string `yaml:"secrets"`
		} `yaml:"apps"`
	}
	if err := yaml.Unmarshal(doc, &file); err != nil {
		return nil, fmt.Errorf("reading the vendors of the accounts file: %w", err)
	}
	v := &vendors{webhooks: strings.TrimSuffix(webhooks, "/"), keys: map[string][]byte{}, client: &http.Client{Timeout: 10 * time.Second}, now: now}
	for _, app := range file.Apps {
		if app.Platform != "vendor" || len(app.Secrets) == 0 {
			continue
		}
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(app.Secrets[0], "whsec_"))
		if err != nil {
			return nil, fmt.Errorf("the secret of vendor %s is no base64", app.Name)
		}
		v.keys[app.Name] = key
	}
	return v, nil
}

// answer sends what the vendor of that name says, signed as Standard Webhooks has it,
// and returns what the desk answered.
func (v *vendors) answer(ctx context.Context, name string, a VendorAnswer) (id string, status int, err error) {
	key, ok := v.keys[name]
	switch {
	case !ok:
		return "", 0, fmt.Errorf("there is no vendor %q", name)
	case a.Ticket == "" || !slices.Contains(vendorStatuses, a.Status):
		return "", 0, errors.New("a vendor says working, question, done or declined of a ticket")
	case a.Fault != "" && !slices.Contains(vendorFaults, a.Fault):
		return "", 0, fmt.Errorf("nothing goes wrong as %q", a.Fault)
	}
	if id = a.ID; id == "" {
		id = "msg_" + rand.Text()
	}
	at, times := v.now(), 1
	switch a.Fault {
	case "twice":
		times = 2
	case "forged":
		key = []byte("somebody else's key")
	case "late":
		at = at.Add(-10 * time.Minute)
	}
	body, err := json.Marshal(map[string]any{"type": "ticket.update", "timestamp": v.now().UTC().Format(time.RFC3339),
		"data": map[string]any{"ticket": a.Ticket, "status": a.Status, "text": a.Text, "reference": a.Reference}})
	if err != nil {
		return "", 0, fmt.Errorf("what a vendor says: %w", err)
	}
	for range times {
		if status, err = v.post(ctx, name, id, at, key, body); err != nil {
			return id, 0, err
		}
	}
	return id, status, nil
}

func (v *vendors) post(ctx context.Context, name, id string, at time.Time, key, body []byte) (status int, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, v.webhooks+"/webhooks/vendor/"+url.PathEscape(name), bytes.NewReader(body))
	if err != nil {
		return 0, fmt.Errorf("a vendor's webhook: %w", err)
	}
	stamp := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id + "." + stamp + "."))
	mac.Write(body)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("webhook-id", id)
	r.Header.Set("webhook-timestamp", stamp)
	r.Header.Set("webhook-signature", "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	answer, err := v.client.Do(r)
	if err != nil {
		return 0, fmt.Errorf("the desk did not answer: %w", err)
	}
	answer.Body.Close()
	return answer.StatusCode, nil
}

// vendorRoutes are by which a vendor is made to answer: for tests, and from the page
// that shows what they were sent.
func (s *Simulator) vendorRoutes(mux *http.ServeMux) {
	mux.HandleFunc("POST /sim/api/vendors/{name}/answer", func(w http.ResponseWriter, r *http.Request) {
		var a VendorAnswer
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&a); err != nil {
			http.Error(w, `{"error":"the answer could not be read"}`, http.StatusBadRequest)
			return
		}
		id, status, err := s.vendors.answer(r.Context(), r.PathValue("name"), a)
		w.Header().Set("Content-Type", "application/json")
		out := map[string]any{"id": id, "status": status}
		if err != nil {
			w.WriteHeader(http.StatusUnprocessableEntity)
			out = map[string]any{"error": err.Error()}
		}
		_ = json.NewEncoder(w).Encode(out) // who asked may be gone
	})
	mux.HandleFunc("POST /told/answer", s.toldAnswer)
}

// toldAnswer has a vendor answer by a button of the page.
func (s *Simulator) toldAnswer(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 1<<20)
	if err := r.ParseForm(); err != nil {
		http.Error(w, "The form could not be read.", http.StatusBadRequest)
		return
	}
	f := r.PostForm
	_, status, err := s.vendors.answer(r.Context(), f.Get("vendor"), VendorAnswer{
		Ticket: f.Get("ticket"), Status: f.Get("status"), Text: f.Get("text"), Reference: f.Get("reference"), Fault: f.Get("fault"),
	})
	if err == nil && status != http.StatusOK && f.Get("fault") == "" {
		err = fmt.Errorf("the desk answered %d", status)
	}
	if err != nil {
		s.render(w, r, "told.html", http.StatusUnprocessableEntity, s.toldView(url.Values{}, upperFirst(err.Error())+"."))
		return
	}
	http.Redirect(w, r, toldLink("hook", f.Get("vendor")), http.StatusSeeOther)
}

// Vendor returns the vendor that a receipt is one of, and the ticket that they were
// sent; empty for what is none.
func (r receipt) Vendor() (v struct{ Name, Ticket string }) {
	if r.Type != "ticket.sent" {
		return v
	}
	var sent struct {
		Data struct {
			Ticket string `json:"ticket"`
		} `json:"data"`
	}
	if json.Unmarshal(r.Data, &sent) == nil {
		v.Name, v.Ticket = r.Name, sent.Data.Ticket
	}
	return v
}
