// Package bedrocktest plays the Converse operation of Amazon Bedrock's Runtime on
// the loopback interface, as its reference describes it
// (https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html):
// it refuses what is not signed or not of that form, and answers, or fails, as it
// is told. There is no model in it.
package bedrocktest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// Region is the one that requests must be signed for: the emulator's of the rest of
// AWS, too.
const Region = "us-east-1"

// Credentials are what they must be signed with.
func Credentials() aws.Credentials {
	return aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}
}

// A Request is a question as it came in.
type Request struct {
	Model   string
	System  string
	Text    string
	Tokens  int
	Degrees *float64 // the temperature
	Refused string   // why, or empty
}

// An Answer is how a question ends.
type Answer struct {
	Text   string // of the model
	Stop   string // why it stopped, end_turn if empty
	Body   string // in place of a whole answer
	Status int    // in place of 200
	Error  string // the name of the error that goes with it
	Never  bool   // wait until who asked has gone
}

// A Model is one that answers the same to everybody.
type Model struct {
	URL string

	mu     sync.Mutex
	answer Answer
	asked  []Request
}

// New starts a model, which ends with the test.
func New(t testing.TB, answer Answer) *Model {
	t.Helper()
	m := &Model{answer: answer}
	server := httptest.NewServer(m)
	t.Cleanup(server.Close)
	m.URL = server.URL
	return m
}

// Say changes the answer.
func (m *Model) Say(a Answer) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.answer = a
}

// Asked returns what was asked so far.
func (m *Model) Asked() []Request {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]Request(nil), m.asked...)
}

func (m *Model) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	var q Request
	if err == nil {
		q, err = understand(r, body)
	}
	if err == nil {
		if err = signed(r, body); err != nil {
			err = fmt.Errorf("InvalidSignatureException: %w", err)
		}
	}
	if err != nil {
		q.Refused = err.Error()
	}
	m.mu.Lock()
	m.asked = append(m.asked, q)
	a := m.answer
	m.mu.Unlock()
	switch {
	case err != nil && strings.HasPrefix(err.Error(), "InvalidSignature"):
		fail(w, http.StatusForbidden, "InvalidSignatureException", err.Error())
	case err != nil:
		fail(w, http.StatusBadRequest, "ValidationException", err.Error())
	case a.Never:
		<-r.Context().Done()
	case a.Status != 0:
		fail(w, a.Status, a.Error, "said: "+q.Text)
	case a.Body != "":
		_, _ = io.WriteString(w, a.Body)
	default:
		if a.Stop == "" {
			a.Stop = "end_turn"
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{
			"output":     map[string]any{"message": map[string]any{"role": "assistant", "content": []any{map[string]any{"text": a.Text}}}},
			"stopReason": a.Stop,
			"usage":      map[string]int{"inputTokens": 400, "outputTokens": 20, "totalTokens": 420},
			"metrics":    map[string]int{"latencyMs": 300},
		})
	}
}

// fail answers as AWS does: the name in a header, with what it may add to it, and
// words that may repeat what was sent.
func fail(w http.ResponseWriter, status int, name, says string) {
	w.Header().Set("X-Amzn-Errortype", name+":http://internal.amazon.com/coral/com.amazon.bedrock/")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"message": says})
}

// understand reads a request of the documented form.
func understand(r *http.Request, body []byte) (q Request, err error) {
	id, ok := strings.CutPrefix(r.URL.Path, "/model/")
	id, ends := strings.CutSuffix(id, "/converse")
	if !ok || !ends || r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/json" {
		return q, fmt.Errorf("%s %s is not Converse", r.Method, r.URL.Path)
	}
	q.Model = id
	var in struct {
		System   []struct{ Text string }
		Messages []struct {
			Role    string
			Content []struct{ Text string }
		}
		InferenceConfig struct {
			MaxTokens   int
			Temperature *float64
		}
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&in); err != nil {
		return q, err
	}
	if len(in.System) != 1 || len(in.Messages) != 1 || in.Messages[0].Role != "user" || len(in.Messages[0].Content) != 1 || in.InferenceConfig.MaxTokens < 1 {
		return q, fmt.Errorf("not one question of a user's")
	}
	q.System, q.Text, q.Tokens, q.Degrees = in.System[0].Text, in.Messages[0].Content[0].Text, in.InferenceConfig.MaxTokens, in.InferenceConfig.Temperature
	return q, nil
}

// signed checks a signature by making it again.
func signed(r *http.Request, body []byte) error {
	at, err := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
	if err != nil {
		return fmt.Errorf("no date")
	}
	again, err := http.NewRequestWithContext(context.Background(), r.Method, "http://"+r.Host+r.URL.EscapedPath(), bytes.NewReader(body))
	if err != nil {
		return err
	}
	for _, name := range []string{"Accept", "Content-Type"} {
		again.Header.Set(name, r.Header.Get(name))
	}
	sum := sha256.Sum256(body)
	if err := v4.NewSigner().SignHTTP(r.Context(), Credentials(), again, hex.EncodeToString(sum[:]), "bedrock", Region, at); err != nil {
		return err
	}
	if got, want := r.Header.Get("Authorization"), again.Header.Get("Authorization"); got != want || !strings.Contains(got, "/"+Region+"/bedrock/aws4_request") {
		return fmt.Errorf("signed %q, want %q", got, want)
	}
	return nil
}
