// Package bedrock asks a language model on Amazon Bedrock what a message is about.
// It puts one question and takes one answer: nothing is tried again, nothing is
// kept, and an answer that is not one of our words is an error. What may be shown
// to a model, when and how often one is asked is for others to decide.
package bedrock

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"example.com/skala/shared/desk"
)

// A Client asks models through the Converse operation of the Bedrock Runtime:
// POST /model/ID/converse, signed for the service "bedrock". Requests, answers and
// error codes are as documented at
// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
// and, for the reasons why an answer ends,
// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_MessageStopEvent.html.
type Client struct {
	Credentials aws.CredentialsProvider
	Region      string
	Endpoint    string       // of the Bedrock Runtime; empty for the region's own
	HTTP        *http.Client // must follow no redirect: requests are signed
	Now         func() time.Time
}

// maxTokens is how long an answer may be; ours has about 20.
const maxTokens = 60

// maxAnswer is how much of an answer is read, in bytes.
const maxAnswer = 64 << 10

type block struct {
	Text string `json:"text,omitempty"`
}

type message struct {
	Role    string  `json:"role"`
	Content []block `json:"content"`
}

type request struct {
	System   []block   `json:"system"`
	Messages []message `json:"messages"`
	Config   config    `json:"inferenceConfig"`
}

type config struct {
	MaxTokens   int     `json:"maxTokens"`
	Temperature float64 `json:"temperature"`
}

type response struct {
	Output struct {
		Message message `json:"message"`
	} `json:"output"`
	StopReason string `json:"stopReason"`
}

// errStrange is for an answer that is none. It does not say what it was: models
// repeat what they read.
var errStrange = errors.New("the model's answer is no category and severity")

// Judge returns the category and the severity that the model with the given id or
// ARN finds in text.
func (c *Client) Judge(ctx context.Context, model, text string) (desk.Category, desk.Severity, error) {
	category, severity, err := c.judge(ctx, model, text)
	if err != nil {
		return "", 0, fmt.Errorf("bedrock: asking %s: %w", model, err)
	}
	return category, severity, nil
}

func (c *Client) judge(ctx context.Context, model, text string) (desk.Category, desk.Severity, error) {
	question, err := quoted(text)
	if err != nil {
		return "", 0, err
	}
	body, err := json.Marshal(request{
		System: []block{{guidelines}}, Messages: []message{{Role: "user", Content: []block{{question}}}}, Config: config{MaxTokens: maxTokens},
	})
	if err != nil {
		return "", 0, fmt.Errorf("encoding the question: %w", err)
	}
	answer, err := c.converse(ctx, model, body)
	if err != nil {
		return "", 0, err
	}
	return read(answer)
}

// converse sends a request and returns the body of its answer.
func (c *Client) converse(ctx context.Context, model string, body []byte) ([]byte, error) {
	endpoint := strings.TrimSuffix(c.Endpoint, "/")
	if endpoint == "" {
		endpoint = "https://bedrock-runtime." + c.Region + ".amazonaws.com"
	}
	// A colon is escaped too, as the SDKs do, and signed as it is sent.
	id := strings.ReplaceAll(url.PathEscape(model), ":", "%3A")
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint+"/model/"+id+"/converse", bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("making the request: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	credentials, err := c.Credentials.Retrieve(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading credentials: %w", err)
	}
	sum := sha256.Sum256(body)
	if err := v4.NewSigner().SignHTTP(ctx, credentials, req, hex.EncodeToString(sum[:]), "bedrock", c.Region, c.Now()); err != nil {
		return nil, fmt.Errorf("signing: %w", err)
	}
	resp, err := c.HTTP.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("answered with %d %s", resp.StatusCode, kind(resp.Header.Get("X-Amzn-Errortype")))
	}
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return nil, fmt.Errorf("reading the answer: %w", err)
	}
	if len(answer) > maxAnswer {
		return nil, errStrange
	}
	return answer, nil
}

// kind is the name of an error, such as ThrottlingException. The words that come
// with it stay out of the log.
func kind(header string) string {
	name, _, _ := strings.Cut(header, ":")
	if len(name) > 60 || strings.ContainsFunc(name, func(r rune) bool { return (r|0x20) < 'a' || (r|0x20) > 'z' }) {
		return ""
	}
	return name
}

// read finds the category and the severity in an answer: one JSON object, which
// some models fence or introduce.
func read(answer []byte) (desk.Category, desk.Severity, error) {
	var r response
	if err := json.Unmarshal(answer, &r); err != nil || r.StopReason != "end_turn" && r.StopReason != "stop_sequence" {
		return "", 0, errStrange
	}
	var said strings.Builder
	for _, b := range r.Output.Message.Content {
		said.WriteString(b.Text)
	}
	text := said.String()
	from, to := strings.IndexByte(text, '{'), strings.LastIndexByte(text, '}')
	if from < 0 || to < from {
		return "", 0, errStrange
	}
	var verdict struct {
		Category desk.Category `json:"category"`
		Severity desk.Severity `json:"severity"`
	}
	if err := json.Unmarshal([]byte(text[from:to+1]), &verdict); err != nil || verdict.Severity == 0 || !slices.Contains(desk.Categories, verdict.Category) {
		return "", 0, errStrange
	}
	return verdict.Category, verdict.Severity, nil
}
