package console

import (
	"bytes"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"example.com/skala/shared/people"
)

// partBytes is how much of a body one answer has: Lambda passes on 6 MB, and
// bytes that are no text go through it in base64, which makes 5.6 MB of them.
const partBytes = 4 << 20

// Parts number the answers that a body takes; none where one is enough.
func (k keptView) Parts() []int {
	if k.Bytes <= partBytes {
		return nil
	}
	parts := make([]int, (k.Bytes+partBytes-1)/partBytes)
	for i := range parts {
		parts[i] = i + 1
	}
	return parts
}

// quarantinedBody hands out the very bytes, as a file that no browser opens. What
// is too long for one answer is asked for in parts, or by ranges: of a range that
// is too long the answer has the beginning, and says so in its Content-Range.
func (c *Console) quarantinedBody(w http.ResponseWriter, r *http.Request, _ people.Person) error {
	k, err := c.cfg.Shelf.Kept(r.Context(), r.PathValue("id"))
	if err != nil {
		return notKept(err)
	}
	body, name := k.Raw.Body, k.ID
	if text := r.URL.Query().Get("part"); text != "" {
		last := max(1, (len(body)+partBytes-1)/partBytes)
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > last {
			return fmt.Errorf("part: %q is none of 1 to %d: %w", text, last, errRequest)
		}
		body = body[(n-1)*partBytes : min(len(body), n*partBytes)]
		name += "." + strconv.Itoa(n)
	}
	tag := `"` + name + `"` // an id is of what it names: that never changes
	if r.Header.Get("If-Range") != "" && r.Header.Get("If-Range") != tag {
		r.Header.Del("Range")
	}
	first, last, ok := rangeOf(r.Header.Get("Range"), len(body))
	switch {
	case ok && first >= len(body):
		w.Header().Set("Content-Range", fmt.Sprintf("bytes */%d", len(body)))
		return errRange
	case ok:
		r.Header.Set("Range", fmt.Sprintf("bytes=%d-%d", first, min(last, first+partBytes-1)))
	case len(body) > partBytes:
		return fmt.Errorf("the body has %d bytes and one answer at most %d: ask with ?part=1 to ?part=%d, or for a Range: %w",
			len(body), partBytes, (len(body)+partBytes-1)/partBytes, errRequest)
	default:
		r.Header.Del("Range")
	}
	w.Header().Set("ETag", tag)
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`.webhook"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
	return nil
}

// rangeOf reads a Range header of one range of size bytes; ok is false for any
// other, which a server need not heed.
func rangeOf(header string, size int) (first, last int, ok bool) {
	spec, found := strings.CutPrefix(header, "bytes=")
	from, to, dash := strings.Cut(spec, "-")
	if !found || !dash || size == 0 {
		return 0, 0, false
	}
	first, noFirst := strconv.Atoi(from)
	last, noLast := strconv.Atoi(to)
	switch {
	case from == "" && noLast == nil && last >= 0: // the last so many
		return max(0, size-last), size - 1, true
	case noFirst != nil || first < 0 || to != "" && (noLast != nil || last < first):
		return 0, 0, false
	case to == "":
		last = size - 1
	}
	return first, min(last, size-1), true
}
