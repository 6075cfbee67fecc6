package template

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// The types of resources that Parse reads; it passes over all others.
const (
	TableType    = "AWS::DynamoDB::Table"
	QueueType    = "AWS::SQS::Queue"
	FunctionType = "AWS::Serverless::Function"
	SecretType   = "AWS::SecretsManager::Secret"
	URLType      = "AWS::Lambda::Url"
	RoleType     = "AWS::IAM::Role"
)

// Parse reads a template. Its errors name the line.
func Parse(doc []byte) (*Template, error) {
	var file struct {
		Parameters map[string]struct {
			Default string `yaml:"Default"`
		} `yaml:"Parameters"`
		Conditions map[string]yaml.Node `yaml:"Conditions"`
		Globals    struct {
			Function properties `yaml:"Function"`
		} `yaml:"Globals"`
		Resources yaml.Node `yaml:"Resources"`
	}
	if err := yaml.Unmarshal(doc, &file); err != nil {
		return nil, fmt.Errorf("template.yaml: %w", err)
	}
	t := &Template{parameters: map[string]string{}, conditions: file.Conditions, resources: map[string]string{}}
	for name, p := range file.Parameters {
		t.parameters[name] = p.Default
	}
	for i := 0; i+1 < len(file.Resources.Content); i += 2 {
		id, node := file.Resources.Content[i], file.Resources.Content[i+1]
		if err := t.add(id.Value, node, file.Globals.Function); err != nil {
			return nil, fmt.Errorf("template.yaml:%d: %s: %w", id.Line, id.Value, err)
		}
	}
	return t, t.check()
}

func (t *Template) add(id string, node *yaml.Node, globals properties) error {
	var r struct {
		Type       string    `yaml:"Type"`
		Condition  string    `yaml:"Condition"`
		Properties yaml.Node `yaml:"Properties"`
	}
	if err := node.Decode(&r); err != nil {
		return err
	}
	t.resources[id] = r.Type
	if r.Condition == "" {
		t.Always = append(t.Always, id)
	}
	switch r.Type {
	case TableType:
		table, err := readTable(id, &r.Properties)
		t.Tables = append(t.Tables, table)
		return err
	case QueueType:
		queue, err := readQueue(id, &r.Properties)
		t.Queues = append(t.Queues, queue)
		return err
	case FunctionType:
		f, err := readFunction(id, &r.Properties, globals)
		t.Functions = append(t.Functions, f)
		return err
	case RoleType:
		role, err := readRole(id, &r.Properties)
		t.roles = append(t.roles, role)
		return err
	}
	return nil
}

// check holds the template to what it says about itself.
func (t *Template) check() error {
	for _, q := range t.Queues {
		if _, ok := t.Queue(q.DeadLetters); !ok && q.DeadLetters != "" {
			return fmt.Errorf("template.yaml: %s: its dead-letter queue %s is no queue of the template", q.ID, q.DeadLetters)
		}
	}
	for _, f := range t.Functions {
		for _, s := range f.Sources {
			if _, ok := t.Queue(s.Queue); !ok {
				return fmt.Errorf("template.yaml: %s: %s is no queue of the template", f.ID, s.Queue)
			}
		}
	}
	return nil
}

type keySchema []struct {
	Name string `yaml:"AttributeName"`
	Type string `yaml:"KeyType"`
}

func (s keySchema) key() (k Key) {
	for _, part := range s {
		switch part.Type {
		case "HASH":
			k.Hash = part.Name
		case "RANGE":
			k.Range = part.Name
		}
	}
	return k
}

func readTable(id string, node *yaml.Node) (Table, error) {
	var p struct {
		Attributes []Attribute `yaml:"AttributeDefinitions"`
		Key        keySchema   `yaml:"KeySchema"`
		Indexes    []struct {
			Name       string    `yaml:"IndexName"`
			Key        keySchema `yaml:"KeySchema"`
			Projection struct {
				Type    string   `yaml:"ProjectionType"`
				Include []string `yaml:"NonKeyAttributes"`
			} `yaml:"Projection"`
		} `yaml:"GlobalSecondaryIndexes"`
		TTL struct {
			Name string `yaml:"AttributeName"`
		} `yaml:"TimeToLiveSpecification"`
	}
	if err := node.Decode(&p); err != nil {
		return Table{}, err
	}
	table := Table{ID: id, Attributes: p.Attributes, Key: p.Key.key(), TTL: p.TTL.Name}
	for _, x := range p.Indexes {
		table.Indexes = append(table.Indexes, Index{Name: x.Name, Key: x.Key.key(), Projection: x.Projection.Type, Include: x.Projection.Include})
	}
	return table, nil
}

func readQueue(id string, node *yaml.Node) (Queue, error) {
	var p struct {
		Visibility int `yaml:"VisibilityTimeout"`
		Retention  int `yaml:"MessageRetentionPeriod"`
		Delay      int `yaml:"DelaySeconds"`
		Redrive    struct {
			Target yaml.Node `yaml:"deadLetterTargetArn"`
			Max    int       `yaml:"maxReceiveCount"`
		} `yaml:"RedrivePolicy"`
	}
	if err := node.Decode(&p); err != nil {
		return Queue{}, err
	}
	q := Queue{
		ID:          id,
		Visibility:  time.Duration(p.Visibility) * time.Second,
		Retention:   time.Duration(p.Retention) * time.Second,
		Delay:       time.Duration(p.Delay) * time.Second,
		MaxReceives: p.Redrive.Max,
	}
	var err error
	if !p.Redrive.Target.IsZero() {
		q.DeadLetters, err = arnOf(&p.Redrive.Target)
	}
	return q, err
}

// arnOf is the logical id of the resource whose ARN the node asks for.
func arnOf(node *yaml.Node) (string, error) {
	if node.Tag == "!GetAtt" && node.Kind == yaml.ScalarNode {
		if id, ok := strings.CutSuffix(node.Value, ".Arn"); ok {
			return id, nil
		}
	}
	return "", fmt.Errorf("line %d: want !GetAtt ID.Arn", node.Line)
}

// properties are those of a function that a local run needs.
type properties struct {
	CodeURI     string    `yaml:"CodeUri"`
	Timeout     int       `yaml:"Timeout"`
	Memory      int       `yaml:"MemorySize"`
	Role        yaml.Node `yaml:"Role"`
	URL         yaml.Node `yaml:"FunctionUrlConfig"`
	Environment struct {
		Variables map[string]yaml.Node `yaml:"Variables"`
	} `yaml:"Environment"`
	Events map[string]struct {
		Type       string    `yaml:"Type"`
		Properties yaml.Node `yaml:"Properties"`
	} `yaml:"Events"`
}

func readFunction(id string, node *yaml.Node, globals properties) (Function, error) {
	var p properties
	if err := node.Decode(&p); err != nil {
		return Function{}, err
	}
	if p.Timeout == 0 {
		p.Timeout = max(globals.Timeout, 3) // 3 s is the service's default
	}
	if p.Memory == 0 {
		p.Memory = max(globals.Memory, 128)
	}
	f := Function{
		ID:      id,
		Dir:     strings.TrimSuffix(p.CodeURI, "/"),
		Timeout: time.Duration(p.Timeout) * time.Second,
		Memory:  p.Memory,
		URL:     !p.URL.IsZero(),
		env:     map[string]yaml.Node{},
	}
	if !p.Role.IsZero() {
		var err error
		if f.Role, err = arnOf(&p.Role); err != nil {
			return Function{}, fmt.Errorf("its role: %w", err)
		}
	}
	for _, variables := range []map[string]yaml.Node{globals.Environment.Variables, p.Environment.Variables} {
		for name, value := range variables {
			f.env[name] = value
		}
	}
	for _, name := range slices.Sorted(maps.Keys(p.Events)) {
		e := p.Events[name]
		var err error
		switch e.Type {
		case "SQS":
			err = f.source(&e.Properties)
		case "ScheduleV2":
			err = f.schedule(&e.Properties)
		default:
			err = fmt.Errorf("unknown type %q", e.Type)
		}
		if err != nil {
			return Function{}, fmt.Errorf("event %s: %w", name, err)
		}
	}
	return f, nil
}

func (f *Function) source(node *yaml.Node) error {
	var p struct {
		Queue     yaml.Node `yaml:"Queue"`
		Batch     int       `yaml:"BatchSize"`
		Window    int       `yaml:"MaximumBatchingWindowInSeconds"`
		Responses []string  `yaml:"FunctionResponseTypes"`
	}
	if err := node.Decode(&p); err != nil {
		return err
	}
	queue, err := arnOf(&p.Queue)
	if err != nil {
		return err
	}
	if p.Batch == 0 {
		p.Batch = 10 // the service's default
	}
	s := Source{Queue: queue, Batch: p.Batch, Window: time.Duration(p.Window) * time.Second}
	for _, r := range p.Responses {
		s.Partial = s.Partial || r == "ReportBatchItemFailures"
	}
	f.Sources = append(f.Sources, s)
	return nil
}

var rate = regexp.MustCompile(`^rate\((\d+) (minute|hour|day)(s?)\)$`)

func (f *Function) schedule(node *yaml.Node) error {
	var p struct {
		Name       string `yaml:"Name"`
		Expression string `yaml:"ScheduleExpression"`
		Input      string `yaml:"Input"`
	}
	if err := node.Decode(&p); err != nil {
		return err
	}
	every, err := interval(p.Expression)
	f.Schedules = append(f.Schedules, Schedule{Name: p.Name, Every: every, Input: p.Input})
	return err
}

// interval reads rate(1 minute), rate(5 minutes) and the like. The scheduler
// takes the plural for every number but one, and nothing else.
func interval(expression string) (time.Duration, error) {
	m := rate.FindStringSubmatch(expression)
	if m == nil {
		return 0, fmt.Errorf("schedule %q is no rate(N minutes|hours|days)", expression)
	}
	n, err := strconv.Atoi(m[1])
	if err != nil || n == 0 || (n == 1) != (m[3] == "") {
		return 0, fmt.Errorf("schedule %q: 1 takes the singular, every other number the plural", expression)
	}
	unit := map[string]time.Duration{"minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour}[m[2]]
	return time.Duration(n) * unit, nil
}
