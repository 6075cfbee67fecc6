package template

import (
	"strings"
	"testing"
)

// bare is a stack with one of each thing and nothing that ours must have.
const bare = `{"Resources": {
	"Table": {"Type": "AWS::DynamoDB::Table", "Properties": {}},
	"Queue": {"Type": "AWS::SQS::Queue", "Properties": {}},
	"F": {"Type": "AWS::Lambda::Function", "Properties": {"Role": {"Fn::GetAtt": ["FRole", "Arn"]}, "Environment": {"Variables": {"URL": {"Ref": "Queue"}}}}},
	"FRole": {"Type": "AWS::IAM::Role", "Properties": {"Policies": [{"PolicyDocument": {"Statement": [
		{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": {"Fn::GetAtt": "Other.Arn"}}]}}]}},
	"FSource": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": {"EventSourceArn": {"Fn::GetAtt": ["Queue", "Arn"]}, "FunctionName": {"Ref": "F"}}},
	"FUrl": {"Type": "AWS::Lambda::Url", "Properties": {"TargetFunctionArn": {"Ref": "F"}, "AuthType": "NONE"}},
	"Minute": {"Type": "AWS::Scheduler::Schedule", "Properties": {"State": "DISABLED"}},
	"Alarm": {"Type": "AWS::CloudWatch::Alarm", "Properties": {"AlarmName": {"Fn::Sub": "${AWS::StackName}-alarm"}, "Namespace": "Skala", "MetricName": "Nothing"}},
	"Board": {"Type": "AWS::CloudWatch::Dashboard", "Properties": {"DashboardBody": "{}"}}
}}`

func TestABareStackLacksWhatOursMustHave(t *testing.T) {
	t.Parallel()
	found, err := Omissions([]byte(bare), Known{Sections: []string{"idle"}, Metrics: []string{"Unseen"}})
	if err != nil {
		t.Fatal(err)
	}
	said := strings.Join(found, "\n")
	for _, want := range []string{
		"Table: goes with its stack", "Table: the table is without point-in-time recovery", "Queue: the queue is without encryption", "Queue: the queue is without a dead-letter queue",
		"FSource: one failed record fails its whole batch", "F: the function has no log group", "F: nobody is told of its errors", "F: URL names Queue, which its role may not touch",
		"FRole: allows Other, which no variable of F names", "FRole: Lambda cannot feed F: sqs:ReceiveMessage on Queue is missing", "FUrl: a Function URL needs two permissions, and F has 0",
		"Minute: the schedule is DISABLED", "Alarm: nobody hears it", "Alarm: infra/doc/operating.md has no section alarm", "infra/doc/operating.md: section idle explains an alarm that is none",
		"Alarm: Skala Nothing: want one dimension", "Board: DashboardBody is no !Sub of JSON", "Unseen: the functions write this metric, and no widget",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("nothing says %q", want)
		}
	}
	if t.Failed() {
		t.Log(said)
	}
}

func FuzzOmissionsNeverPanics(f *testing.F) {
	f.Add([]byte(bare))
	f.Add([]byte(`{"Resources": {"R": {"Type": "AWS::IAM::Role", "Properties": {"Policies": [{"PolicyDocument": {"Statement": [{"Fn::If": ["C", {}, {}]}]}}]}}}}`))
	f.Fuzz(func(t *testing.T, doc []byte) {
		if _, err := Omissions(doc, Known{Sections: []string{"s"}, Metrics: []string{"M"}}); err != nil {
			return
		}
	})
}
