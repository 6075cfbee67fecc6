package template

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// The types of resources that only the expanded template has, or that only its
// checks read.
const (
	lambdaType       = "AWS::Lambda::Function"
	sourceType       = "AWS::Lambda::EventSourceMapping"
	urlType          = "AWS::Lambda::Url"
	permissionType   = "AWS::Lambda::Permission"
	scheduleType     = "AWS::Scheduler::Schedule"
	invokeConfigType = "AWS::Lambda::EventInvokeConfig"
	logGroupType     = "AWS::Logs::LogGroup"
	alarmType        = "AWS::CloudWatch::Alarm"
	dashboardType    = "AWS::CloudWatch::Dashboard"
	topicType        = "AWS::SNS::Topic"
)

const day = 24 * 60 * 60 // seconds

// Known is what the template must agree with and does not hold itself.
type Known struct {
	Sections []string // anchors of the operating page, one for each alarm
	Metrics  []string // names that the functions write, without their namespace
}

// Omissions finds what a stack of ours must have and no linter asks for, in the
// JSON that SAM expands template.yaml to: that nothing is lost when a step
// fails, that a role allows what its own function needs and nobody else's, that
// data outlives the stack, and that somebody is told when something stops.
func Omissions(expanded []byte, known Known) ([]string, error) {
	x, err := readExpansion(expanded)
	if err != nil {
		return nil, err
	}
	x.known = known
	x.tables()
	x.secrets()
	x.queues()
	x.sources()
	x.schedules()
	x.functions()
	x.urls()
	x.access()
	x.alarms()
	x.subscriptions()
	x.dashboards()
	return x.found, nil
}

func (x *expansion) tables() {
	for _, id := range x.of(TableType) {
		r := x.resources[id]
		x.kept(id)
		for _, must := range []struct {
			what  string
			holds bool
		}{
			{"billing per request", r.Properties.text("BillingMode") == "PAY_PER_REQUEST"},
			{"point-in-time recovery", r.Properties.truth("PointInTimeRecoverySpecification", "PointInTimeRecoveryEnabled")},
			{"encryption", r.Properties.truth("SSESpecification", "SSEEnabled")},
			{"deletion protection", r.Properties.truth("DeletionProtectionEnabled")},
			{"expiry of its items", r.Properties.truth("TimeToLiveSpecification", "Enabled")},
		} {
			if !must.holds {
				x.wrong(id, "the table is without %s", must.what)
			}
		}
		if r.Properties.at("TableName") != nil {
			x.wrong(id, "a table with a name cannot be replaced: leave TableName out")
		}
	}
	if len(x.of(TableType)) != 1 {
		x.wrong("template", "%d tables: one is enough", len(x.of(TableType)))
	}
}

// kept finds a resource that goes with its stack though its content must not.
func (x *expansion) kept(id string) {
	if r := x.resources[id]; r.DeletionPolicy != "Retain" || r.UpdateReplacePolicy != "Retain" {
		x.wrong(id, "goes with its stack: DeletionPolicy and UpdateReplacePolicy must be Retain")
	}
}

func (x *expansion) secrets() {
	for _, id := range x.of(SecretType) {
		p := x.resources[id].Properties
		if text := p.at("SecretString"); text != nil && text != "apps: []" && text != "{}" {
			x.wrong(id, "a secret stands in the template")
		}
		if strings.Contains(id, "Pepper") {
			x.kept(id)
		}
	}
}

func (x *expansion) queues() {
	feeds := map[string]string{} // a queue, by its dead-letter queue
	for _, id := range x.of(QueueType) {
		if dead, ok := x.is(x.resources[id].Properties.at("RedrivePolicy", "deadLetterTargetArn"), QueueType); ok {
			if other := feeds[dead]; other != "" {
				x.wrong(id, "shares its dead-letter queue with %s", other)
			}
			feeds[dead] = id
		}
	}
	for _, id := range x.of(QueueType) {
		p := x.resources[id].Properties
		if !p.truth("SqsManagedSseEnabled") && p.at("KmsMasterKeyId") == nil {
			x.wrong(id, "the queue is without encryption")
		}
		keeps := p.number("MessageRetentionPeriod")
		if keeps == 0 {
			x.wrong(id, "how long the queue keeps messages is left to chance: MessageRetentionPeriod")
		}
		switch source := feeds[id]; {
		case source != "" && p.at("RedrivePolicy") != nil:
			x.wrong(id, "a dead-letter queue has a redrive policy of its own")
		case source != "":
			if keeps != 14*day || keeps <= x.resources[source].Properties.number("MessageRetentionPeriod") {
				x.wrong(id, "dead letters keep the age they came with: keep them 14 days, longer than %s does", source)
			}
			if !x.watched("AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", id) {
				x.wrong(id, "nobody is told of dead letters: it has no alarm")
			}
		case p.at("RedrivePolicy") == nil:
			x.wrong(id, "the queue is without a dead-letter queue")
		default:
			if n := p.number("RedrivePolicy", "maxReceiveCount"); n < 5 || n > 1000 {
				x.wrong(id, "maxReceiveCount %d: under 5 a short failure makes dead letters, and SQS counts to 1000", n)
			}
			if p.number("VisibilityTimeout") == 0 {
				x.wrong(id, "VisibilityTimeout is left to chance")
			}
		}
	}
}

func (x *expansion) sources() {
	for _, id := range x.of(sourceType) {
		p := x.resources[id].Properties
		queue, ok := x.is(p.at("EventSourceArn"), QueueType)
		function, isFunction := x.is(p.at("FunctionName"), lambdaType)
		if !ok || !isFunction {
			x.wrong(id, "feeds no function of ours from a queue of ours")
			continue
		}
		if !slices.Contains(p.list("FunctionResponseTypes"), any("ReportBatchItemFailures")) {
			x.wrong(id, "one failed record fails its whole batch: ReportBatchItemFailures")
		}
		if p.text("Enabled") == "false" {
			x.wrong(id, "the event source is switched off")
		}
		hides := x.resources[queue].Properties.number("VisibilityTimeout")
		runs := x.resources[function].Properties.number("Timeout")
		if least := 6*runs + p.number("MaximumBatchingWindowInSeconds"); hides < least {
			x.wrong(queue, "hides messages for %d s, %s may take them for %d s: want six times its timeout, %d s", hides, function, runs, least)
		}
		for _, dead := range x.of(QueueType) {
			if target, _ := reference(x.resources[dead].Properties.at("RedrivePolicy", "deadLetterTargetArn")); target == queue {
				x.wrong(id, "feeds %s with dead letters", function)
			}
		}
	}
}

func (x *expansion) schedules() {
	for _, id := range x.of(scheduleType) {
		p := x.resources[id].Properties
		if state := p.text("State"); state != "" && state != "ENABLED" {
			x.wrong(id, "the schedule is %s", state)
		}
		if mode := p.text("FlexibleTimeWindow", "Mode"); mode != "OFF" {
			x.wrong(id, "the schedule may be late by its flexible window: Mode %q", mode)
		}
		if f, ok := x.is(p.at("Target", "Arn"), lambdaType); !ok {
			x.wrong(id, "the schedule starts no function of ours")
		} else if !x.invokedOnce(f) {
			x.wrong(id, "Lambda tries again what the scheduler invokes: %s lacks EventInvokeConfig with MaximumRetryAttempts 0", f)
		}
		if input := p.text("Target", "Input"); !json.Valid([]byte(input)) {
			x.wrong(id, "its input %q is no JSON", input)
		}
		if p.text("Target", "RetryPolicy", "MaximumRetryAttempts") != "0" {
			x.wrong(id, "a schedule that is retried runs beside its next turn: MaximumRetryAttempts 0")
		}
	}
}

// invokedOnce reports whether Lambda gives up on an asynchronous invocation of a
// function that failed, and soon on one that was throttled.
func (x *expansion) invokedOnce(function string) bool {
	for _, id := range x.of(invokeConfigType) {
		p := x.resources[id].Properties
		if of, ok := x.is(p.at("FunctionName"), lambdaType); ok && of == function {
			age := p.number("MaximumEventAgeInSeconds")
			return p.text("MaximumRetryAttempts") == "0" && age > 0 && age <= 300
		}
	}
	return false
}

func (x *expansion) functions() {
	roles, groups := map[string]string{}, map[string]string{}
	for _, id := range x.of(lambdaType) {
		p := x.resources[id].Properties
		x.own(id, "role", p.at("Role"), RoleType, roles)
		if group, ok := x.own(id, "log group", p.at("LoggingConfig", "LogGroup"), logGroupType, groups); ok && x.resources[group].Properties.at("RetentionInDays") == nil {
			x.wrong(group, "logs are kept for ever: RetentionInDays")
		}
		for _, metric := range []string{"Errors", "Throttles"} {
			if !x.watched("AWS/Lambda", metric, "FunctionName", id) {
				x.wrong(id, "nobody is told of its %s: it has no alarm", strings.ToLower(metric))
			}
		}
		if p.at("ReservedConcurrentExecutions") != nil {
			x.wrong(id, "reserves concurrency, which the others then lack")
		}
		if p.number("Timeout") == 0 {
			x.wrong(id, "Timeout is left to chance")
		}
		x.environment(id, p)
	}
}

// own finds a function that shares what each must have for itself.
func (x *expansion) own(function, what string, value any, kind string, taken map[string]string) (id string, ok bool) {
	id, ok = x.is(value, kind)
	if !ok {
		x.wrong(function, "the function has no %s of its own in the template", what)
		return id, false
	}
	if other := taken[id]; other != "" {
		x.wrong(function, "shares its %s with %s", what, other)
	}
	taken[id] = function
	return id, true
}

// environment finds variables that name what the function's role may not touch.
func (x *expansion) environment(id string, p object) {
	role, _ := reference(p.at("Role"))
	granted := map[string]bool{}
	for _, g := range x.grants(role) {
		granted[g.Resource] = true
	}
	variables := p.object("Environment", "Variables")
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		target, _ := reference(variables[name])
		switch x.resources[target].Type {
		case TableType, QueueType, SecretType:
			if !granted[target] {
				x.wrong(id, "%s names %s, which its role may not touch", name, target)
			}
		}
	}
}

func (x *expansion) urls() {
	open := map[string]map[string]bool{} // actions that anyone may do, by function
	for _, id := range x.of(permissionType) {
		p := x.resources[id].Properties
		function, _ := reference(p.at("FunctionName"))
		action := p.text("Action")
		switch {
		case action == "lambda:InvokeFunctionUrl" && p.text("FunctionUrlAuthType") == "NONE":
		case action == "lambda:InvokeFunction" && p.truth("InvokedViaFunctionUrl"):
		case p.text("Principal") == "*":
			x.wrong(id, "anyone may %s of %s", action, function)
			continue
		default:
			continue
		}
		if open[function] == nil {
			open[function] = map[string]bool{}
		}
		open[function][action] = true
	}
	for _, id := range x.of(urlType) {
		p := x.resources[id].Properties
		function, _ := reference(p.at("TargetFunctionArn"))
		if auth := p.text("AuthType"); auth != "NONE" {
			x.wrong(id, "AuthType %s: platforms and browsers sign no AWS requests", auth)
		}
		if p.at("Cors") != nil {
			x.wrong(id, "lets other sites' pages call it")
		}
		if len(open[function]) != 2 {
			x.wrong(id, "a Function URL needs two permissions, and %s has %d", function, len(open[function]))
		}
		if !x.watched("AWS/Lambda", "Url5xxCount", "FunctionName", function) {
			x.wrong(id, "nobody is told when it answers 5xx: it has no alarm")
		}
		delete(open, function)
	}
	for function := range open {
		x.wrong(function, "anyone may call it, and it has no address")
	}
}
