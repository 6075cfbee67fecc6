package console

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"example.com/skala/shared/logs"
	"example.com/skala/shared/people"
)

const (
	mostExported = 20_000  // lines of one export
	exportBytes  = 4 << 20 // of it: Lambda passes on 6 MB
	exportPage   = mostLimit
	exportPages  = 50 // read for it, each of which looks through up to 2,000 lines
)

// auditKinds are the kinds of items that a line of the audit log can be about.
var auditKinds = []people.Kind{people.KindMember, people.KindTeam, people.KindRota, people.KindView, people.KindReply, people.KindIdentity}

// auditQuery reads which lines of the audit log somebody asks for. A day stands for
// its beginning in UTC, as the end of a span for the beginning of the next.
func auditQuery(query url.Values) (people.AuditQuery, error) {
	q := people.AuditQuery{Who: strings.TrimSpace(query.Get("who")), Target: strings.TrimSpace(query.Get("target")), Kind: people.Kind(query.Get("kind")), What: strings.TrimSpace(query.Get("what"))}
	if q.Kind != "" && !slices.Contains(auditKinds, q.Kind) {
		return q, fmt.Errorf("kind: %q is none of %v: %w", string(q.Kind), auditKinds, errRequest)
	}
	for _, end := range []struct {
		name string
		at   *time.Time
		days int // that a date alone is later
	}{{"from", &q.From, 0}, {"to", &q.To, 1}} {
		text := query.Get(end.name)
		if text == "" {
			continue
		}
		at, err := time.Parse(time.DateOnly, text)
		if err == nil {
			at = at.AddDate(0, 0, end.days)
		} else if at, err = time.Parse(time.RFC3339, text); err != nil {
			return q, fmt.Errorf("%s: %q is neither a date nor an instant of RFC 3339: %w", end.name, text, errRequest)
		}
		*end.at = at
	}
	if !q.From.IsZero() && !q.To.IsZero() && !q.From.Before(q.To) {
		return q, fmt.Errorf("to: it is not after from: %w", errRequest)
	}
	return q, nil
}

// auditWords are those of a query for the audit log.
var auditWords = []string{"who", "target", "kind", "what", "from", "to", "cursor", "limit", "format"}

func (c *Console) apiAudit(w http.ResponseWriter, r *http.Request, _ people.Person) error {
	query := r.URL.Query()
	if err := onlyAsked(query, auditWords...); err != nil {
		return err
	}
	q, err := auditQuery(query)
	if err != nil {
		return err
	}
	if query.Get("format") != "" {
		return c.exportAudit(w, r, q)
	}
	limit, err := limitOf(r)
	if err != nil {
		return err
	}
	lines, next, err := c.cfg.Changes.Audit(r.Context(), q, query.Get("cursor"), limit)
	if err != nil {
		return cursorError(err)
	}
	writeJSON(w, http.StatusOK, jsonType, map[string]any{"items": append([]people.Change{}, lines...), "next": next})
	return nil
}

// exportAudit answers with a file of the lines that fit, the newest first. It is
// read page by page and bounded: where there is more, the Link header leads on, and
// nothing is sent of an export that failed on the way.
func (c *Console) exportAudit(w http.ResponseWriter, r *http.Request, q people.AuditQuery) error {
	query := r.URL.Query()
	write, kind := csvLine, "text/csv; charset=utf-8"
	switch format := query.Get("format"); format {
	case "csv":
	case "jsonl":
		write, kind = jsonLine, "application/jsonl"
	default:
		return fmt.Errorf("format: %q is neither csv nor jsonl: %w", format, errRequest)
	}
	file, lines, next, err := c.exported(r.Context(), q, query.Get("cursor"), write)
	if err != nil {
		return cursorError(err)
	}
	logs.Note(r.Context(), "exported", lines)
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", `attachment; filename="audit-`+c.now().Format("20060102-150405")+"."+query.Get("format")+`"`)
	if next != "" {
		query.Set("cursor", next)
		h.Set("Link", "<"+r.URL.Path+"?"+query.Encode()+`>; rel="next"`)
	}
	_, _ = w.Write(file) // a client that left is no failure of ours
	return nil
}

// exported writes lines until there are no more, or as many as one answer has room
// for.
func (c *Console) exported(ctx context.Context, q people.AuditQuery, cursor string, write func(*bytes.Buffer, people.Change) error) (file []byte, n int, next string, err error) {
	var out bytes.Buffer
	if err := write(&out, people.Change{}); err != nil { // the head
		return nil, 0, "", err
	}
	next = cursor
	for pages := 1; ; pages++ {
		var lines []people.Change
		if lines, next, err = c.cfg.Changes.Audit(ctx, q, next, exportPage); err != nil {
			return nil, n, "", err
		}
		for _, line := range lines {
			if err := write(&out, line); err != nil {
				return nil, n, "", err
			}
			n++
		}
		if next == "" || n >= mostExported || out.Len() >= exportBytes || pages == exportPages {
			return out.Bytes(), n, next, nil
		}
	}
}

func jsonLine(out *bytes.Buffer, line people.Change) error {
	if line.ID == "" { // its fields name themselves
		return nil
	}
	body, err := json.Marshal(line)
	if err != nil {
		return fmt.Errorf("writing a line of the audit log: %w", err)
	}
	out.Write(append(body, '\n'))
	return nil
}

func csvLine(out *bytes.Buffer, line people.Change) error {
	w := csv.NewWriter(out)
	w.UseCRLF = true
	row := []string{"id", "at", "who", "what", "kind", "target", "fields", "why"}
	if line.ID != "" {
		fields := make([]string, len(line.Fields))
		for i, f := range line.Fields {
			fields[i] = f.Name + ": " + f.Was + " > " + f.Is
		}
		row = []string{line.ID, line.At.UTC().Format(time.RFC3339Nano), line.Who, line.What, string(line.Kind), line.Target, strings.Join(fields, "\n"), line.Why}
	}
	for i := range row {
		row[i] = harmless(row[i])
	}
	if err := w.Write(row); err != nil {
		return fmt.Errorf("writing a line of the audit log: %w", err)
	}
	w.Flush()
	return w.Error()
}

// harmless is a cell that no program takes for a formula: what begins like one has
// an apostrophe before it.
func harmless(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r\n", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}
