package template

import (
	"maps"
	"regexp"
	"slices"
	"strings"
)

// access finds roles that anybody but Lambda and the scheduler may take, that
// name nothing of the template, or that allow what their function does not
// touch: what is allowed must be in its environment, feed it or be its log.
func (x *expansion) access() {
	for _, kind := range []string{"AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::User", "AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy"} {
		for _, id := range x.of(kind) {
			x.wrong(id, "%s: statements stand in the role of the one function that needs them", kind)
		}
	}
	for _, id := range x.of(RoleType) {
		p := x.resources[id].Properties
		x.trust(id, p)
		for _, policy := range p.list("Policies") {
			for _, s := range statements(asObject(policy).list("PolicyDocument", "Statement")) {
				x.statement(id, s)
			}
		}
	}
	for _, id := range x.of(lambdaType) {
		x.unused(id)
	}
}

func (x *expansion) trust(id string, p object) {
	for _, s := range p.list("AssumeRolePolicyDocument", "Statement") {
		principals := asObject(asObject(s)["Principal"])
		services := principals.list("Service")
		if len(principals) != 1 || len(services) != 1 || services[0] != "lambda.amazonaws.com" && services[0] != "scheduler.amazonaws.com" {
			x.wrong(id, "the role may be taken by %v: want Lambda or the scheduler alone", asObject(s)["Principal"])
		}
	}
}

// A conditional is a statement and the condition of the template that it
// stands under.
type conditional struct {
	object
	condition string
}

// statements takes apart {"Fn::If": [CONDITION, STATEMENT, {"Ref": "AWS::NoValue"}]}.
func statements(list []any) (all []conditional) {
	for _, s := range list {
		o := asObject(s)
		if branches := asList(o["Fn::If"]); len(branches) == 3 {
			all = append(all, conditional{asObject(branches[1]), asText(branches[0])})
			if other := asObject(branches[2]); asText(other["Ref"]) != "AWS::NoValue" {
				all = append(all, conditional{other, "not " + asText(branches[0])})
			}
			continue
		}
		all = append(all, conditional{o, ""})
	}
	return all
}

func (x *expansion) statement(role string, s conditional) {
	if s.text("Effect") != "Allow" || s.at("NotAction") != nil || s.at("NotResource") != nil {
		x.wrong(role, "a statement must allow actions on resources, by name")
	}
	for _, value := range s.list("Resource") {
		id, index := resourceOf(value)
		if id == "" {
			x.wrong(role, "%v is allowed, which is nothing of the template", value)
			continue
		}
		if p, ok := x.parameters[id]; ok && p.at("Default") == "" && s.condition == "" {
			x.wrong(role, "allows something on %s where nobody set it: put the statement under a condition", id)
		}
		r, ours := x.resources[id]
		if index != "" && !slices.Contains(x.indexes(id), index) {
			x.wrong(role, "%s has no index %s", id, index)
		}
		for _, action := range s.list("Action") {
			service, _, _ := strings.Cut(asText(action), ":")
			if want := serviceOf[r.Type]; ours && want != service {
				x.wrong(role, "%s is no action on %s, an %s", action, id, r.Type)
			}
		}
	}
}

// serviceOf is the prefix of the actions on resources of a type.
var serviceOf = map[string]string{
	TableType: "dynamodb", QueueType: "sqs", SecretType: "secretsmanager", logGroupType: "logs", lambdaType: "lambda",
}

var ofIndex = regexp.MustCompile(`^\$\{(\w+)\.Arn\}/index/(\w+)$`)

// resourceOf is what an entry of Resource names, or an empty id.
func resourceOf(value any) (id, index string) {
	if m := ofIndex.FindStringSubmatch(asText(asObject(value)["Fn::Sub"])); m != nil {
		return m[1], m[2]
	}
	id, _ = reference(value)
	return id, ""
}

func (x *expansion) indexes(table string) (names []string) {
	for _, index := range x.resources[table].Properties.list("GlobalSecondaryIndexes") {
		names = append(names, asText(asObject(index)["IndexName"]))
	}
	return names
}

// grants lists what a role allows.
func (x *expansion) grants(role string) (all []Grant) {
	for _, policy := range x.resources[role].Properties.list("Policies") {
		for _, s := range statements(asObject(policy).list("PolicyDocument", "Statement")) {
			for _, value := range s.list("Resource") {
				id, index := resourceOf(value)
				for _, action := range s.list("Action") {
					all = append(all, Grant{Action: asText(action), Resource: id, Index: index, If: s.condition})
				}
			}
		}
	}
	return all
}

// unused finds grants on what the function cannot know of, and sources that it
// may not read.
func (x *expansion) unused(function string) {
	p := x.resources[function].Properties
	role, _ := reference(p.at("Role"))
	knows := map[string]bool{}
	for _, value := range p.object("Environment", "Variables") {
		id, _ := reference(value)
		knows[id] = true
	}
	group, _ := reference(p.at("LoggingConfig", "LogGroup"))
	knows[group] = true
	allowed := map[Grant]bool{}
	grants := x.grants(role)
	for _, g := range grants {
		allowed[Grant{Action: g.Action, Resource: g.Resource, Index: g.Index}] = true
	}
	for _, action := range []string{"logs:CreateLogStream", "logs:PutLogEvents"} {
		if !allowed[Grant{Action: action, Resource: group}] {
			x.wrong(role, "%s cannot write its log: %s on %s is missing", function, action, group)
		}
	}
	for _, id := range x.of(sourceType) {
		source := x.resources[id].Properties
		if target, _ := reference(source.at("FunctionName")); target != function {
			continue
		}
		queue, _ := reference(source.at("EventSourceArn"))
		knows[queue] = true
		for _, action := range []string{"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"} {
			if !allowed[Grant{Action: action, Resource: queue}] {
				x.wrong(role, "Lambda cannot feed %s: %s on %s is missing", function, action, queue)
			}
		}
	}
	unknown := map[string]bool{}
	for _, g := range grants {
		if !knows[g.Resource] {
			unknown[g.Resource] = true
		}
	}
	for _, id := range slices.Sorted(maps.Keys(unknown)) {
		x.wrong(role, "allows %s, which no variable of %s names", id, function)
	}
}
