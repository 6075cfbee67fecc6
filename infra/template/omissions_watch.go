package template

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
)

// Namespace is that of the metrics which the functions write themselves.
const Namespace = "Skala"

// OperatingPage is the file whose sections tell what each alarm means.
const OperatingPage = "infra/doc/operating.md"

// served are the metrics of AWS that we watch and show, with the dimension that
// they are told apart by and the type of what it names.
var served = map[string]struct {
	dimension, kind string
	metrics         []string
}{
	"AWS/SQS": {"QueueName", QueueType, []string{
		"ApproximateAgeOfOldestMessage", "ApproximateNumberOfMessagesDelayed", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesVisible",
		"NumberOfMessagesReceived", "NumberOfMessagesSent", "NumberOfMessagesDeleted"}},
	"AWS/Lambda": {"FunctionName", lambdaType, []string{
		"ConcurrentExecutions", "Duration", "Errors", "Invocations", "Throttles", "Url4xxCount", "Url5xxCount", "UrlRequestCount", "UrlRequestLatency"}},
	"AWS/DynamoDB": {"TableName", TableType, []string{
		"ConsumedReadCapacityUnits", "ConsumedWriteCapacityUnits", "ReadThrottleEvents", "WriteThrottleEvents"}},
}

// watched reports whether an alarm goes off at the first of what a metric of a
// resource counts.
func (x *expansion) watched(namespace, metric, dimension, id string) bool {
	for _, alarm := range x.of(alarmType) {
		p := x.resources[alarm].Properties
		if p.text("Namespace") != namespace || p.text("MetricName") != metric || p.text("Threshold") != "0" || p.text("ComparisonOperator") != "GreaterThanThreshold" {
			continue
		}
		for _, d := range p.list("Dimensions") {
			if target, _ := reference(asObject(d)["Value"]); asText(asObject(d)["Name"]) == dimension && target == id {
				return true
			}
		}
	}
	return false
}

var alarmName = regexp.MustCompile(`^\$\{AWS::StackName\}-([a-z0-9-]+)$`)

// alarms finds alarms that nobody hears, that look at nothing, or that are not
// explained in the operating page; and sections there without an alarm.
func (x *expansion) alarms() {
	explained := map[string]string{}
	for _, id := range x.of(alarmType) {
		p := x.resources[id].Properties
		m := alarmName.FindStringSubmatch(p.text("AlarmName", "Fn::Sub"))
		if m == nil {
			x.wrong(id, "AlarmName must be ${AWS::StackName}- and the section of %s", OperatingPage)
			continue
		}
		name := m[1]
		if other := explained[name]; other != "" {
			x.wrong(id, "has the name of %s", other)
		}
		explained[name] = id
		if !strings.HasSuffix(p.text("AlarmDescription"), " See "+OperatingPage+"#"+name) {
			x.wrong(id, "AlarmDescription must end in: See %s#%s", OperatingPage, name)
		}
		if !slices.Contains(x.known.Sections, name) {
			x.wrong(id, "%s has no section %s", OperatingPage, name)
		}
		x.heard(id, p)
		x.metric(id, p.text("Namespace"), p.text("MetricName"), p.list("Dimensions"))
		heartbeat := strings.HasPrefix(p.text("ComparisonOperator"), "LessThan")
		switch missing := p.text("TreatMissingData"); {
		case missing == "" || missing == "missing":
			x.wrong(id, "what missing figures mean is left to chance: TreatMissingData")
		case heartbeat != (missing == "breaching"):
			x.wrong(id, "TreatMissingData %s: what is missing must alarm where a sign of life is awaited, and only there", missing)
		}
		if (p.at("Statistic") == nil) == (p.at("ExtendedStatistic") == nil) {
			x.wrong(id, "wants one of Statistic and ExtendedStatistic")
		}
	}
	for _, section := range x.known.Sections {
		if explained[section] == "" {
			x.wrong(OperatingPage, "section %s explains an alarm that is none", section)
		}
	}
}

func (x *expansion) subscriptions() {
	for _, id := range x.of("AWS::SNS::Subscription") {
		p := x.resources[id].Properties
		if protocol := p.text("Protocol"); protocol != "email" && protocol != "https" {
			x.wrong(id, "Protocol %s is none that alarms go by", protocol)
		}
		if _, ok := x.is(p.at("TopicArn"), topicType); !ok {
			x.wrong(id, "subscribes to no topic of ours")
		}
	}
}

func (x *expansion) heard(id string, p object) {
	if p.text("ActionsEnabled") == "false" {
		x.wrong(id, "the alarm is switched off")
	}
	for _, key := range []string{"AlarmActions", "OKActions"} {
		heard := false
		for _, action := range p.list(key) {
			_, ok := x.is(action, topicType)
			heard = heard || ok
		}
		if !heard {
			x.wrong(id, "nobody hears it: %s names no topic of ours", key)
		}
	}
}

// metric finds a metric that nobody writes, or of nothing of ours.
func (x *expansion) metric(id, namespace, name string, dimensions []any) {
	if len(dimensions) != 1 {
		x.wrong(id, "%s %s: want one dimension", namespace, name)
		return
	}
	dimension := asObject(dimensions[0])
	if namespace == Namespace {
		if of, _ := reference(dimension["Value"]); asText(dimension["Name"]) != "Stack" || of != "AWS::StackName" {
			x.wrong(id, "%s is told apart by Stack, the stack's name", name)
		}
		if !slices.Contains(x.known.Metrics, name) {
			x.wrong(id, "no function writes the metric %s", name)
		}
		return
	}
	s, ok := served[namespace]
	if !ok || !slices.Contains(s.metrics, name) {
		x.wrong(id, "%s %s is no metric that we know of AWS", namespace, name)
		return
	}
	if _, ok := x.is(dimension["Value"], s.kind); !ok || asText(dimension["Name"]) != s.dimension {
		x.wrong(id, "%s %s is told apart by %s, a %s of ours", namespace, name, s.dimension, s.kind)
	}
}

// ofNudges are queues whose length says nothing: the tables' indexes do.
var ofNudges = regexp.MustCompile(`^(Tier\d|Due)Queue$`)

// dashboards finds widgets that show nothing, and what no widget shows: alarms,
// queues, functions, and metrics of ours.
func (x *expansion) dashboards() {
	shown := map[string]bool{}
	for _, id := range x.of(dashboardType) {
		x.dashboard(id, shown)
	}
	for _, kind := range []string{alarmType, lambdaType, QueueType} {
		for _, id := range x.of(kind) {
			if !shown[id] && !ofNudges.MatchString(id) {
				x.wrong(id, "no widget of a dashboard shows it")
			}
		}
	}
	for _, metric := range x.known.Metrics {
		if !shown[Namespace+" "+metric] {
			x.wrong(metric, "the functions write this metric, and no widget of a dashboard shows it")
		}
	}
}

// A widget is a part of a dashboard.
type widget struct {
	Type                string
	X, Y, Width, Height int
	Properties          struct {
		Title   string
		Alarms  []string
		Metrics [][]any
		Query   string
	}
}

func (x *expansion) dashboard(id string, shown map[string]bool) {
	body := x.resources[id].Properties.text("DashboardBody", "Fn::Sub")
	var board struct{ Widgets []widget }
	if err := json.Unmarshal([]byte(body), &board); err != nil || len(board.Widgets) == 0 {
		x.wrong(id, "DashboardBody is no !Sub of JSON with widgets: %v", err)
		return
	}
	for i, w := range board.Widgets {
		if w.Width < 1 || w.Height < 1 || w.X < 0 || w.X+w.Width > 24 {
			x.wrong(id, "widget %q does not fit into 24 columns", w.Properties.Title)
		}
		for _, v := range board.Widgets[:i] {
			if w.X < v.X+v.Width && v.X < w.X+w.Width && w.Y < v.Y+v.Height && v.Y < w.Y+w.Height {
				x.wrong(id, "widget %q lies on %q", w.Properties.Title, v.Properties.Title)
			}
		}
		for _, arn := range w.Properties.Alarms {
			shown[strings.TrimSuffix(strings.TrimPrefix(arn, "${"), ".Arn}")] = true
		}
		for _, row := range w.Properties.Metrics {
			x.row(id, row, shown)
		}
	}
}

var placeholderOf = regexp.MustCompile(`^\$\{(AWS::StackName|\w+)(\.QueueName)?\}$`)

// row reads a metric of a widget: namespace, name, dimension, value, options.
func (x *expansion) row(id string, row []any, shown map[string]bool) {
	if len(row) < 4 || len(row) > 5 {
		x.wrong(id, "%v is no metric with one dimension", row)
		return
	}
	namespace, name := asText(row[0]), asText(row[1])
	m := placeholderOf.FindStringSubmatch(asText(row[3]))
	if m == nil {
		x.wrong(id, "%v names nothing of the template", row)
		return
	}
	x.metric(id, namespace, name, []any{map[string]any{"Name": row[2], "Value": map[string]any{"Ref": m[1]}}})
	shown[m[1]], shown[namespace+" "+name] = true, true
}
