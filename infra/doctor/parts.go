package doctor

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	ddb "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"example.com/skala/infra/template"
	"example.com/skala/shared/channel"
	"example.com/skala/shared/platform"
)

func (s *stack) table(ctx context.Context) (string, error) {
	name := s.outputs["TableName"]
	client := dynamodb.NewFromConfig(s.Config)
	got, err := client.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: &name})
	if err != nil {
		return "", err
	}
	var wrong []string
	if got.Table.TableStatus != ddb.TableStatusActive {
		wrong = append(wrong, "it is "+string(got.Table.TableStatus))
	}
	if !aws.ToBool(got.Table.DeletionProtectionEnabled) {
		wrong = append(wrong, "it may be deleted")
	}
	backups, err := client.DescribeContinuousBackups(ctx, &dynamodb.DescribeContinuousBackupsInput{TableName: &name})
	if err != nil {
		return "", err
	}
	if d := backups.ContinuousBackupsDescription; d == nil || d.PointInTimeRecoveryDescription == nil || d.PointInTimeRecoveryDescription.PointInTimeRecoveryStatus != ddb.PointInTimeRecoveryStatusEnabled {
		wrong = append(wrong, "it has no point-in-time recovery")
	}
	expiry, err := client.DescribeTimeToLive(ctx, &dynamodb.DescribeTimeToLiveInput{TableName: &name})
	if err != nil {
		return "", err
	}
	if d := expiry.TimeToLiveDescription; d == nil || d.TimeToLiveStatus != ddb.TimeToLiveStatusEnabled {
		wrong = append(wrong, "its items do not expire")
	}
	if len(wrong) > 0 {
		return "", fmt.Errorf("%s: %s", name, strings.Join(wrong, ", "))
	}
	return name + ", with point-in-time recovery", nil
}

// queues looks for dead letters, and for messages that wait.
func (s *stack) queues(ctx context.Context) (string, error) {
	client := sqs.NewFromConfig(s.Config)
	var wrong []string
	waiting := 0
	for _, q := range s.Template.Queues {
		address := s.ids[q.ID]
		got, err := client.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: &address, AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameApproximateNumberOfMessages}})
		if err != nil {
			wrong = append(wrong, fmt.Sprintf("%s: %v", q.ID, err))
			continue
		}
		n, err := strconv.Atoi(got.Attributes[string(types.QueueAttributeNameApproximateNumberOfMessages)])
		switch {
		case err != nil:
			wrong = append(wrong, fmt.Sprintf("%s: %v", q.ID, err))
		case q.DeadLetters != "":
			waiting += n
		case n > 0:
			wrong = append(wrong, fmt.Sprintf("%s holds %d", q.ID, n))
		}
	}
	if len(wrong) > 0 {
		return "", fmt.Errorf("%s; dead letters have their sections in %s", strings.Join(wrong, ", "), template.OperatingPage)
	}
	return fmt.Sprintf("%d, no dead letters, %d messages on their way", len(s.Template.Queues), waiting), nil
}

// notifications reads the file of notifications as its functions do.
func (s *stack) notifications(ctx context.Context) (string, error) {
	got, err := secretsmanager.NewFromConfig(s.Config).GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: aws.String(s.ids["Notifications"])})
	if err != nil {
		return "", err
	}
	file, err := channel.Load([]byte(aws.ToString(got.SecretString)), "Notifications")
	if err != nil {
		return "", err
	}
	if file.Private {
		return "", errors.New("private addresses may be sent to: who may name an address reaches what only the desk can")
	}
	reach := file.Reach()
	if got, err = secretsmanager.NewFromConfig(s.Config).GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: aws.String(s.ids["ReadingNotifications"])}); err != nil {
		return "", err
	}
	chosen, err := channel.LoadReach([]byte(aws.ToString(got.SecretString)), "ReadingNotifications")
	if err != nil {
		return "", err
	}
	if !reflect.DeepEqual(chosen, reach) {
		return "", errors.New("ReadingNotifications and Notifications do not speak of the same: people choose what is not there, or cannot choose what is")
	}
	if err := s.vendors(ctx, file); err != nil {
		return "", err
	}
	if !reach.Mail && reach.PushKey == "" && len(reach.Slack)+len(reach.Webhooks)+len(file.Vendors) == 0 {
		return "empty: people are told in the console alone", nil
	}
	return fmt.Sprintf("mail %t, web push %t, %d of slack, %d programs, %d vendors", reach.Mail, reach.PushKey != "", len(reach.Slack), len(reach.Webhooks), len(file.Vendors)), nil
}

// accounts reads the three documents as their functions do, and finds those that
// nobody filled in, that have a mistake or that do not speak of the same apps.
func (s *stack) accounts(ctx context.Context) (string, error) {
	client := secretsmanager.NewFromConfig(s.Config)
	var wrong, addresses, first []string
	for _, part := range []struct {
		id  string
		use platform.Use
	}{{"SigningAccounts", platform.ForSigning}, {"SendingAccounts", platform.ForSending}, {"ReadingAccounts", platform.ForReading}} {
		got, err := client.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: aws.String(s.ids[part.id])})
		if err != nil {
			wrong = append(wrong, fmt.Sprintf("%s: %v", part.id, err))
			continue
		}
		doc := []byte(aws.ToString(got.SecretString))
		if bytes.Equal(bytes.TrimSpace(doc), []byte("apps: []")) {
			wrong = append(wrong, part.id+" is not filled in: put the document there that skala accounts project makes")
			continue
		}
		accounts, err := platform.Load(doc, part.id, part.use)
		if err != nil {
			wrong = append(wrong, err.Error())
			continue
		}
		var names []string
		for _, app := range accounts.Apps() {
			names = append(names, fmt.Sprintf("%s/%s", app.Platform, app.Name))
		}
		slices.Sort(names)
		if first == nil {
			first = names
		}
		if !slices.Equal(first, names) {
			wrong = append(wrong, fmt.Sprintf("%s speaks of %v, another of %v", part.id, names, first))
		}
	}
	for _, name := range first {
		addresses = append(addresses, strings.TrimSuffix(s.origin(s.Webhooks, "WebhookUrl"), "/")+"/webhooks/"+name)
	}
	if len(wrong) > 0 {
		return "", errors.New(strings.Join(wrong, "; "))
	}
	return "paste at the platforms: " + strings.Join(addresses, " "), nil
}

func (s *stack) function(ctx context.Context, f template.Function) (string, error) {
	name := s.ids[f.ID]
	if name == "" {
		return "", errors.New("it is not there: deploy")
	}
	var about struct {
		State, StateReason, LastUpdateStatus string
		Timeout, MemorySize                  int
		Environment                          struct{ Variables map[string]string }
	}
	if err := s.rest(ctx, "lambda", "/2015-03-31/functions/"+url.PathEscape(name)+"/configuration", &about); err != nil {
		return "", err
	}
	if about.State != "Active" && about.State != "Inactive" || about.LastUpdateStatus == "Failed" { // inactive is asleep
		return "", fmt.Errorf("it is %s, its last change %s: %s", about.State, about.LastUpdateStatus, about.StateReason)
	}
	for _, variable := range f.Variables() {
		if _, ok := about.Environment.Variables[variable]; !ok {
			return "", fmt.Errorf("it has no variable %s, which template.yaml gives it: deploy", variable)
		}
	}
	var sources struct {
		EventSourceMappings []struct{ State, EventSourceArn string }
	}
	if err := s.rest(ctx, "lambda", "/2015-03-31/event-source-mappings/?FunctionName="+url.QueryEscape(name), &sources); err != nil {
		return "", err
	}
	fed := 0
	for _, source := range sources.EventSourceMappings {
		if source.State == "Enabled" {
			fed++
		}
	}
	if fed < len(f.Sources) {
		return "", fmt.Errorf("%d of its %d event sources feed it", fed, len(f.Sources))
	}
	return fmt.Sprintf("%s, %d MB, %d s", cmp.Or(about.LastUpdateStatus, about.State), about.MemorySize, about.Timeout), nil
}

func (s *stack) schedules(ctx context.Context) (string, error) {
	var names []string
	for _, f := range s.Template.Functions {
		for _, schedule := range f.Schedules {
			name := strings.ReplaceAll(schedule.Name, "${AWS::StackName}", s.Stack)
			var about struct{ State, ScheduleExpression string }
			if err := s.rest(ctx, "scheduler", "/schedules/"+url.PathEscape(name), &about); err != nil {
				return "", fmt.Errorf("%s: %w", name, err)
			}
			if about.State != "ENABLED" {
				return "", fmt.Errorf("%s is %s", name, about.State)
			}
			names = append(names, name+" "+about.ScheduleExpression)
		}
	}
	return strings.Join(names, ", "), nil
}

// alarms lists those that are on.
func (s *stack) alarms(ctx context.Context) (string, error) {
	var on []string
	all := 0
	for next := ""; ; {
		in := url.Values{"Action": {"DescribeAlarms"}, "AlarmNamePrefix": {s.Stack + "-"}}
		if next != "" {
			in.Set("NextToken", next)
		}
		var page struct {
			Alarms []struct {
				Name  string `xml:"AlarmName"`
				State string `xml:"StateValue"`
			} `xml:"DescribeAlarmsResult>MetricAlarms>member"`
			Next string `xml:"DescribeAlarmsResult>NextToken"`
		}
		if err := s.query(ctx, "monitoring", "2010-08-01", in, &page); err != nil {
			return "", err
		}
		for _, alarm := range page.Alarms {
			all++
			if alarm.State == "ALARM" {
				on = append(on, template.OperatingPage+"#"+strings.TrimPrefix(alarm.Name, s.Stack+"-"))
			}
		}
		if next = page.Next; next == "" {
			break
		}
	}
	if all == 0 {
		return "", errors.New("there are none")
	}
	if len(on) > 0 {
		return "", fmt.Errorf("%d are on: %s", len(on), strings.Join(on, " "))
	}
	return fmt.Sprintf("%d, none is on", all), nil
}

func (s *stack) subscriptions(ctx context.Context) (string, error) {
	var page struct {
		Subscriptions []struct {
			ARN      string `xml:"SubscriptionArn"`
			Endpoint string
		} `xml:"ListSubscriptionsByTopicResult>Subscriptions>member"`
	}
	if err := s.query(ctx, "sns", "2010-03-31", url.Values{"Action": {"ListSubscriptionsByTopic"}, "TopicArn": {s.outputs["AlarmTopicArn"]}}, &page); err != nil {
		return "", err
	}
	var heard, pending int
	for _, subscription := range page.Subscriptions {
		if strings.HasPrefix(subscription.ARN, "arn:") {
			heard++
		} else {
			pending++
		}
	}
	switch {
	case heard > 0:
		return fmt.Sprintf("%d subscribed", heard), nil
	case pending > 0:
		return "", errors.New("nobody yet: the mail that asks to confirm is not answered")
	}
	return "", errors.New("nobody: deploy with the parameter AlarmEmail, or subscribe to " + s.outputs["AlarmTopicArn"])
}
