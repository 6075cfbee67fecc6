package template

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	triage "example.com/skala/functions/triage/assembly"
)

func ours(t *testing.T) (*Template, []byte) {
	t.Helper()
	root, err := Root()
	if err != nil {
		t.Fatal(err)
	}
	doc, err := os.ReadFile(filepath.Join(root, "template.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	tmpl, err := Parse(doc)
	if err != nil {
		t.Fatal(err)
	}
	return tmpl, doc
}

func TestOurTemplateHasNoneOfTheMistakesThatLintersMiss(t *testing.T) {
	t.Parallel()
	_, doc := ours(t)
	found, err := Mistakes(doc)
	if err != nil || len(found) > 0 {
		t.Errorf("%v, %v", found, err)
	}
}

func TestEachMistakeThatLintersMissIsFound(t *testing.T) {
	t.Parallel()
	_, doc := ours(t)
	tests := []struct{ name, from, to, want string }{
		{"a batch over ten without a window", "BatchSize: 10", "BatchSize: 50", "BatchSize 50"},
		{"a plural of one", "rate(1 minute)", "rate(1 minutes)", "singular"},
		{"a singular of five", "rate(1 minute)", "rate(5 minute)", "plural"},
		{"a dead-letter queue that is none", "!GetAtt DueDeadLetters.Arn", "!GetAtt DueDeadLetter.Arn", "DueDeadLetter"},
		{"a dead-letter queue that is a table", "!GetAtt DueDeadLetters.Arn", "!GetAtt Table.Arn", "Table"},
		{"all actions of a service", `"sqs:SendMessage"`, `"sqs:*"`, "sqs:*"},
		{"all indexes", "${Table.Arn}/index/gsi1", "${Table.Arn}/index/*", "index/*"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			planted := strings.Replace(string(doc), tt.from, tt.to, 1)
			if planted == string(doc) {
				t.Fatalf("the template has no %q to plant in", tt.from)
			}
			found, err := Mistakes([]byte(planted))
			if err != nil || !strings.Contains(strings.Join(found, "\n"), tt.want) {
				t.Errorf("found %v, %v; want %q", found, err, tt.want)
			}
		})
	}
}

func TestTheTableHasItsKeysAndItsFourIndexes(t *testing.T) {
	t.Parallel()
	tmpl, _ := ours(t)
	index := func(n string, projection string, include ...string) Index {
		return Index{Name: "gsi" + n, Key: Key{"gsi" + n + "pk", "gsi" + n + "sk"}, Projection: projection, Include: include}
	}
	want := []Index{index("1", "INCLUDE", "card"), index("2", "KEYS_ONLY"), index("3", "KEYS_ONLY"), index("4", "KEYS_ONLY")}
	if len(tmpl.Tables) != 1 {
		t.Fatalf("%d tables", len(tmpl.Tables))
	}
	table := tmpl.Tables[0]
	if diff := cmp.Diff(want, table.Indexes); diff != "" {
		t.Error(diff)
	}
	if (table.Key != Key{"pk", "sk"}) || table.TTL != "ttl" || len(table.Attributes) != 10 {
		t.Errorf("key %v, ttl %q, %d attributes", table.Key, table.TTL, len(table.Attributes))
	}
}

func TestQueuesOutlastTheFunctionsTheyFeed(t *testing.T) {
	t.Parallel()
	tmpl, _ := ours(t)
	fed := 0
	for _, f := range tmpl.Functions {
		for _, s := range f.Sources {
			fed++
			q, _ := tmpl.Queue(s.Queue)
			if q.Visibility < 6*f.Timeout {
				t.Errorf("%s hides messages for %v, less than six times the %v of %s", q.ID, q.Visibility, f.Timeout, f.ID)
			}
			if !s.Partial || s.Batch != 10 {
				t.Errorf("%s of %s: %+v", q.ID, f.ID, s)
			}
		}
	}
	if fed != 5 {
		t.Errorf("%d functions are fed from a queue", fed)
	}
	for _, q := range tmpl.Queues {
		if q.DeadLetters == "" {
			if q.Retention != 14*24*time.Hour {
				t.Errorf("%s keeps dead letters for %v", q.ID, q.Retention)
			}
			continue
		}
		if dead, ok := tmpl.Queue(q.DeadLetters); !ok || dead.Retention <= q.Retention {
			t.Errorf("%s: its dead letters expire before it", q.ID)
		}
	}
}

func TestAnHourWithoutTheTableLosesNothingInbound(t *testing.T) {
	t.Parallel()
	tmpl, _ := ours(t)
	q, _ := tmpl.Queue("InboundQueue")
	if outage := q.Visibility * time.Duration(q.MaxReceives); outage < time.Hour || q.Retention != 4*24*time.Hour || q.MaxReceives != triage.Receives {
		t.Errorf("dead letters after %v, %d receives, of which triage knows %d; kept %v", outage, q.MaxReceives, triage.Receives, q.Retention)
	}
}

func TestEveryFunctionHasItsFolderAndItsEnvironmentResolves(t *testing.T) {
	t.Parallel()
	tmpl, _ := ours(t)
	root, err := Root()
	if err != nil {
		t.Fatal(err)
	}
	at := Place{
		Parameters: map[string]string{"OidcIssuer": "http://issuer"},
		Pseudo:     map[string]string{"AWS::StackName": "skala"},
		Resource:   func(id, _, attribute string) (string, bool) { return id + ":" + attribute, true },
	}
	folders := map[string]bool{}
	for _, f := range tmpl.Functions {
		env, err := tmpl.Environment(f, at)
		if err != nil {
			t.Fatal(err)
		}
		if env["TABLE"] != "Table:" || env["PEPPER"] != "Pepper:" {
			t.Errorf("%s: TABLE %q, PEPPER %q", f.ID, env["TABLE"], env["PEPPER"])
		}
		if f.ID == "Console" && env["OIDC_ISSUER"] != "http://issuer" {
			t.Errorf("OIDC_ISSUER %q", env["OIDC_ISSUER"])
		}
		folders[filepath.Base(f.Dir)] = true
	}
	mains, err := filepath.Glob(filepath.Join(root, "functions", "*", "main.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range mains {
		delete(folders, filepath.Base(filepath.Dir(path)))
	}
	if len(folders) > 0 || len(mains) != len(tmpl.Functions) {
		t.Errorf("%d functions, %d main packages, none for %v", len(tmpl.Functions), len(mains), folders)
	}
}

func TestARoleAllowsWhatItsStatementsSay(t *testing.T) {
	t.Parallel()
	tmpl, _ := ours(t)
	grants := map[string][]Grant{}
	for _, f := range tmpl.Functions {
		role, err := tmpl.Role(f)
		if err != nil {
			t.Fatal(err)
		}
		grants[f.ID] = role.Grants
	}
	for _, want := range []struct {
		function string
		grant    Grant
	}{
		{"Webhook", Grant{Action: "sqs:SendMessage", Resource: "InboundQueue"}},
		{"Triage", Grant{Action: "dynamodb:Query", Resource: "Table", Index: "gsi3"}},
		{"Triage", Grant{Action: "dynamodb:Query", Resource: "Table", Index: "gsi4"}},
		{"Escalate", Grant{Action: "dynamodb:Query", Resource: "Table", Index: "gsi2"}},
		{"Escalate", Grant{Action: "dynamodb:Query", Resource: "Table"}},
		{"Courier", Grant{Action: "dynamodb:Query", Resource: "Table"}},
		{"Triage", Grant{Action: "secretsmanager:GetSecretValue", Resource: "Pepper"}},
		{"Triage", Grant{Action: "bedrock:InvokeModel", Resource: "SecondOpinionModel", If: "HasSecondOpinion"}},
		{"Console", Grant{Action: "secretsmanager:GetSecretValue", Resource: "OidcClientSecretArn", If: "HasClientSecret"}},
	} {
		if !slices.Contains(grants[want.function], want.grant) {
			t.Errorf("%s: no %v among %v", want.function, want.grant, grants[want.function])
		}
	}
	if never := (Grant{Action: "secretsmanager:GetSecretValue", Resource: "SendingAccounts"}); slices.Contains(grants["Webhook"], never) {
		t.Errorf("the door may read what replies are sent with")
	}
}

const small = `
Parameters: {Size: {Type: String, Default: small}}
Conditions: {Big: !Not [!Equals [!Ref Size, small]]}
Resources:
  Q: {Type: AWS::SQS::Queue}
  F:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: functions/f/
      Environment:
        Variables:
          SIZE: !Ref Size
          URL: !Ref Q
          ARN: !GetAtt Q.Arn
          TEXT: !Sub "${AWS::Region}/${Q.Arn}/${!kept}"
          WHICH: !If [Big, !Ref Size, other]
          NUMBER: 7
`

func TestIntrinsicFunctionsResolve(t *testing.T) {
	t.Parallel()
	tmpl, err := Parse([]byte(small))
	if err != nil {
		t.Fatal(err)
	}
	at := Place{
		Pseudo:   map[string]string{"AWS::Region": "here"},
		Resource: func(id, kind, attribute string) (string, bool) { return kind + "/" + id + "/" + attribute, true },
	}
	got, err := tmpl.Environment(tmpl.Functions[0], at)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"SIZE": "small", "URL": "AWS::SQS::Queue/Q/", "ARN": "AWS::SQS::Queue/Q/Arn", "TEXT": "here/AWS::SQS::Queue/Q/Arn/${kept}", "WHICH": "other", "NUMBER": "7",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	at.Parameters = map[string]string{"Size": "big"}
	if got, err := tmpl.Environment(tmpl.Functions[0], at); err != nil || got["WHICH"] != "big" {
		t.Errorf("when big: %v, %v", got["WHICH"], err)
	}
}

func TestWhatCannotBeResolvedNamesItsLine(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, from, to, want string }{
		{"an unknown name", "!Ref Size\n", "!Ref Nobody\n", "no Nobody"},
		{"an unknown function", "!Ref Q", "!Select [0, x]", "!Select"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tmpl, err := Parse([]byte(strings.Replace(small, tt.from, tt.to, 1)))
			if err != nil {
				t.Fatal(err)
			}
			_, err = tmpl.Environment(tmpl.Functions[0], Place{
				Pseudo:   map[string]string{"AWS::Region": "here"},
				Resource: func(_, _, _ string) (string, bool) { return "x", true },
			})
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "template.yaml:1") {
				t.Errorf("%v, want %q with its line", err, tt.want)
			}
		})
	}
}

func FuzzParseNeverPanics(f *testing.F) {
	f.Add([]byte(small))
	f.Add([]byte("Resources: {Q: {Type: AWS::SQS::Queue, Properties: {RedrivePolicy: {deadLetterTargetArn: !GetAtt X.Arn}}}}"))
	f.Fuzz(func(t *testing.T, doc []byte) {
		tmpl, err := Parse(doc)
		if _, err := Mistakes(doc); err != nil {
			return
		}
		if err != nil {
			return
		}
		for _, fn := range tmpl.Functions {
			tmpl.Environment(fn, Place{Resource: func(id, _, _ string) (string, bool) { return id, true }})
		}
	})
}
