package leaks_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"testing"

	"example.com/skala/infra/leaks"
)

// TestALeakOfEachFormIsFound plants leaks, each in a line of a log that holds
// much else. A search that finds nothing has to be known to find something.
func TestALeakOfEachFormIsFound(t *testing.T) {
	t.Parallel()
	words, key := leaks.Words("the customer's text"), leaks.Key("the token")
	finder := leaks.For(words, key)
	line := func(key string, value any) string {
		var out bytes.Buffer
		slog.New(slog.NewJSONHandler(&out, nil)).Info("event", key, value)
		return out.String()
	}
	body, err := json.Marshal(map[string]string{"text": words.Value})
	if err != nil {
		t.Fatal(err)
	}
	ofWords := map[string]string{
		"a text":                         line("text", words.Value),
		"its beginning":                  line("text", words.Value[:20]),
		"its end":                        line("text", words.Value[len(words.Value)-14:]),
		"in capitals":                    line("text", strings.ToUpper(words.Value)),
		"on a line that is no JSON":      "panic: " + words.Value,
		"a JSON body in an error":        line("err", fmt.Errorf("posting %s: refused", body)),
		"a JSON body in one in another":  line("err", fmt.Errorf("answered %q", fmt.Sprintf("refused %q", body))),
		"a quoted text":                  line("err", fmt.Errorf("cannot read %q", words.Value)),
		"a quoted text of ASCII":         line("err", fmt.Errorf("cannot read %+q", words.Value)),
		"JSON of ASCII":                  `{"msg":"` + ascii(words.Value) + `"}`,
		"bytes":                          line("raw", fmt.Sprint([]byte(words.Value))),
		"bytes in Go":                    line("raw", fmt.Sprintf("%#v", []byte(words.Value))),
		"a JSON body that slog encodes":  line("raw", struct{ Body []byte }{body}),
		"base64 from the first byte":     line("raw", base64.StdEncoding.EncodeToString(body)),
		"base64 from the second byte":    line("raw", base64.StdEncoding.EncodeToString(append([]byte("x"), body...))),
		"base64 from the third byte":     line("raw", base64.StdEncoding.EncodeToString(append([]byte("xx"), body...))),
		"base64 for addresses":           line("raw", base64.RawURLEncoding.EncodeToString([]byte(words.Value))),
		"hexadecimal":                    line("raw", hex.EncodeToString(body)),
		"hexadecimal in capitals":        line("raw", strings.ToUpper(hex.EncodeToString(body))),
		"hexadecimal with spaces":        line("raw", fmt.Sprintf("% x", body)),
		"a query":                        line("err", &url.Error{Op: "Get", URL: "https://x.example/?" + url.Values{"q": {words.Value}}.Encode(), Err: errors.New("refused")}),
		"a path":                         line("path", "/tickets/"+url.PathEscape(words.Value)),
		"a query with small digits":      line("path", strings.ToLower(url.QueryEscape(words.Value))),
		"a query in a query":             line("path", "/sign-in?return="+url.QueryEscape("/all?q="+url.QueryEscape(words.Value))),
		"every byte escaped in an addre": line("path", "%"+strings.ToUpper(strings.Join(strings.Split(fmt.Sprintf("% x", words.Value), " "), "%"))),
	}
	ofKey := map[string]string{
		"a token":           line("err", "Bearer "+key.Value+" is no good"),
		"a token cut short": line("err", "Bearer "+key.Value[:16]+"… is no good"),
		"Basic":             line("header", "Basic "+base64.StdEncoding.EncodeToString([]byte("client:"+key.Value))),
		"hexadecimal":       line("header", hex.EncodeToString([]byte(key.Value))),
		"a query":           line("path", "/?access_token="+url.QueryEscape(key.Value)),
	}
	noise := strings.Repeat(line("ticket", "k4n2qv7j5y3xw6a8bcde.1")+line("delivery", "abcdefghijklm"), 50)
	for of, planted := range map[string]map[string]string{words.Name: ofWords, key.Name: ofKey} {
		for name, leak := range planted {
			found := finder.Find([]byte(noise + leak + noise))
			if len(found) == 0 {
				t.Errorf("%s, %s: not found in %s", of, name, leak)
			}
			for _, l := range found {
				if l.Secret != of || l.Around == "" || strings.Contains(l.Around, "\n") {
					t.Errorf("%s, %s: found %s", of, name, l)
				}
			}
		}
	}
	if found := finder.Find([]byte(noise)); len(found) != 0 {
		t.Errorf("found in nothing: %v", found)
	}
	if found := leaks.For(leaks.Words("another")).Find([]byte(line("text", words.Value) + line("key", key.Value))); len(found) != 0 {
		t.Errorf("found another's: %v", found)
	}
}

// ascii is s as a JSON encoder writes it that knows ASCII alone.
func ascii(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r < 0x80 {
			quoted, err := json.Marshal(string(r))
			if err != nil {
				panic(err)
			}
			b.Write(quoted[1 : len(quoted)-1])
			continue
		}
		if r > 0xffff {
			r -= 0x10000
			fmt.Fprintf(&b, `\u%04x`, 0xd800+r>>10)
			r = 0xdc00 + r&0x3ff
		}
		fmt.Fprintf(&b, `\u%04x`, r)
	}
	return b.String()
}

func TestBytesThatAreNoTextAreFoundToo(t *testing.T) {
	t.Parallel()
	raw := leaks.Secret{Name: "the session key", Value: string([]byte{0xff, 0x00, 0x9c, 0x10, 0xfe, 0x81, 0x02, 0x03, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0x01, 0xf0, 0x0f})}
	finder := leaks.For(raw)
	for _, text := range []string{
		"key " + hex.EncodeToString([]byte(raw.Value)), "key " + base64.StdEncoding.EncodeToString([]byte("12"+raw.Value)), fmt.Sprintf("key %v", []byte(raw.Value)), fmt.Sprintf("key %q", raw.Value),
	} {
		if found := finder.Find([]byte(text)); len(found) == 0 {
			t.Errorf("not found in %s", text)
		}
	}
}

func TestASecretThatChanceCouldWriteIsRefused(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() == nil {
			t.Error("taken")
		}
	}()
	leaks.For(leaks.Secret{Name: "a digit", Value: "1"})
}
