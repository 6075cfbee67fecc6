package doctor

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// A stack is what CloudFormation knows of the patient.
type stack struct {
	*Patient
	status     string
	parameters map[string]string
	outputs    map[string]string
	ids        map[string]string // physical, by logical id
}

func (p *Patient) stack(ctx context.Context) (*stack, error) {
	s := &stack{Patient: p, parameters: map[string]string{}, outputs: map[string]string{}, ids: map[string]string{}}
	var described struct {
		Stacks []struct {
			Status     string `xml:"StackStatus"`
			Parameters []struct {
				Key   string `xml:"ParameterKey"`
				Value string `xml:"ParameterValue"`
			} `xml:"Parameters>member"`
			Outputs []struct {
				Key   string `xml:"OutputKey"`
				Value string `xml:"OutputValue"`
			} `xml:"Outputs>member"`
		} `xml:"DescribeStacksResult>Stacks>member"`
	}
	if err := p.query(ctx, "cloudformation", "2010-05-15", url.Values{"Action": {"DescribeStacks"}, "StackName": {p.Stack}}, &described); err != nil {
		return nil, fmt.Errorf("the stack %s cannot be seen: %w", p.Stack, err)
	}
	if len(described.Stacks) != 1 {
		return nil, fmt.Errorf("there are %d stacks %s", len(described.Stacks), p.Stack)
	}
	about := described.Stacks[0]
	s.status = about.Status
	for _, parameter := range about.Parameters {
		s.parameters[parameter.Key] = parameter.Value
	}
	for _, output := range about.Outputs {
		s.outputs[output.Key] = output.Value
	}
	for next := ""; ; {
		in := url.Values{"Action": {"ListStackResources"}, "StackName": {p.Stack}}
		if next != "" {
			in.Set("NextToken", next)
		}
		var page struct {
			Resources []struct {
				Logical  string `xml:"LogicalResourceId"`
				Physical string `xml:"PhysicalResourceId"`
				Status   string `xml:"ResourceStatus"`
			} `xml:"ListStackResourcesResult>StackResourceSummaries>member"`
			Next string `xml:"ListStackResourcesResult>NextToken"`
		}
		if err := p.query(ctx, "cloudformation", "2010-05-15", in, &page); err != nil {
			return nil, fmt.Errorf("the resources of the stack %s cannot be seen: %w", p.Stack, err)
		}
		for _, r := range page.Resources {
			if !strings.HasPrefix(r.Status, "DELETE") {
				s.ids[r.Logical] = r.Physical
			}
		}
		if next = page.Next; next == "" {
			return s, nil
		}
	}
}

// query calls an operation of a service that speaks the query protocol.
func (p *Patient) query(ctx context.Context, service, version string, in url.Values, out any) error {
	in.Set("Version", version)
	answer, err := p.send(ctx, service, http.MethodPost, "/", "application/x-www-form-urlencoded", []byte(in.Encode()))
	if err != nil {
		return err
	}
	return xml.Unmarshal(answer, out)
}

// rest reads what a service has at a path.
func (p *Patient) rest(ctx context.Context, service, path string, out any) error {
	answer, err := p.send(ctx, service, http.MethodGet, path, "", nil)
	if err != nil {
		return err
	}
	return json.Unmarshal(answer, out)
}

// send signs a request to a service. The product has SDK clients for what its
// functions call, and a look at the rest needs no more than this.
func (p *Patient) send(ctx context.Context, service, method, path, contentType string, body []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	endpoint := "https://" + service + "." + p.Config.Region + ".amazonaws.com"
	if p.Config.BaseEndpoint != nil {
		endpoint = strings.TrimSuffix(*p.Config.BaseEndpoint, "/")
	}
	r, err := http.NewRequestWithContext(ctx, method, endpoint+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	key, err := p.Config.Credentials.Retrieve(ctx)
	if err != nil {
		return nil, fmt.Errorf("no credentials: %w", err)
	}
	sum := sha256.Sum256(body)
	if err := v4.NewSigner().SignHTTP(ctx, key, r, hex.EncodeToString(sum[:]), service, p.Config.Region, time.Now()); err != nil {
		return nil, err
	}
	resp, err := p.HTTP.Do(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 16<<20))
	if err != nil {
		return nil, err
	}
	if resp.StatusCode >= http.StatusMultipleChoices {
		return nil, fmt.Errorf("%s answered %s: %s", service, resp.Status, complaint(answer))
	}
	return answer, nil
}

// complaint is what an error of AWS says, in XML or JSON.
func complaint(answer []byte) string {
	var inXML struct {
		Message string `xml:"Error>Message"`
	}
	var inJSON struct{ Message string }
	if err := xml.Unmarshal(answer, &inXML); err == nil && inXML.Message != "" {
		return inXML.Message
	}
	if err := json.Unmarshal(answer, &inJSON); err == nil && inJSON.Message != "" {
		return inJSON.Message
	}
	return fmt.Sprintf("%.200s", answer)
}
