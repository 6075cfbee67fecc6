// Package template reads template.yaml, the one place where tables, indexes,
// queues and functions are described, so that what runs locally and in tests
// is what would be deployed.
//
// It knows the part of CloudFormation and SAM that our template uses, and
// refuses what it does not know where it matters. It does not judge whether AWS
// would accept the template: `make validate` does.
package template

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"go.yaml.in/yaml/v3"
)

// A Template is what template.yaml declares, in the order of the file.
type Template struct {
	Tables    []Table
	Queues    []Queue
	Functions []Function
	Always    []string // the logical ids of what stands under no condition

	parameters map[string]string // their defaults
	conditions map[string]yaml.Node
	resources  map[string]string // the type of each logical id
	roles      []Role
}

// A Table is an AWS::DynamoDB::Table.
type Table struct {
	ID         string // the logical id
	Attributes []Attribute
	Key        Key
	Indexes    []Index
	TTL        string // the attribute that holds when an item ends, if any
}

// An Attribute is one that a key is made of. Type is S, N or B.
type Attribute struct {
	Name string `yaml:"AttributeName"`
	Type string `yaml:"AttributeType"`
}

// A Key names the attributes of a primary key. Range may be empty.
type Key struct{ Hash, Range string }

// An Index is a global secondary index. Projection is ALL, KEYS_ONLY or
// INCLUDE; only the last has Include.
type Index struct {
	Name       string
	Key        Key
	Projection string
	Include    []string
}

// A Queue is an AWS::SQS::Queue. Zero durations mean the service's defaults.
type Queue struct {
	ID          string // the logical id
	Visibility  time.Duration
	Retention   time.Duration
	Delay       time.Duration
	DeadLetters string // the logical id of its dead-letter queue, or empty
	MaxReceives int    // before a message goes there
}

// A Function is an AWS::Serverless::Function.
type Function struct {
	ID        string // the logical id
	Dir       string // its main package, relative to the template
	Timeout   time.Duration
	Memory    int    // MB
	Role      string // the logical id of its role, or empty
	URL       bool
	Sources   []Source
	Schedules []Schedule

	env map[string]yaml.Node
}

// A Source is a queue that a function is fed from.
type Source struct {
	Queue   string // the logical id
	Batch   int    // messages at most
	Window  time.Duration
	Partial bool // the function reports the messages that failed
}

// A Schedule invokes a function again and again.
type Schedule struct {
	Name  string // as written, ${AWS::StackName} and all
	Every time.Duration
	Input string // JSON, or empty
}

// Root is the folder of the checkout that the working directory lies in: the
// nearest one above that holds template.yaml beside go.mod.
func Root() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("finding the checkout: %w", err)
	}
	for {
		_, mod := os.Stat(filepath.Join(dir, "go.mod"))
		_, tmpl := os.Stat(filepath.Join(dir, "template.yaml"))
		if mod == nil && tmpl == nil {
			return dir, nil
		}
		if filepath.Dir(dir) == dir {
			return "", errors.New("finding the checkout: no folder above holds go.mod and template.yaml")
		}
		dir = filepath.Dir(dir)
	}
}

// Open reads template.yaml of the checkout at root.
func Open(root string) (*Template, error) {
	doc, err := os.ReadFile(filepath.Join(root, "template.yaml"))
	if err != nil {
		return nil, fmt.Errorf("reading the template: %w", err)
	}
	return Parse(doc)
}

// Queue returns the queue with the logical id.
func (t *Template) Queue(id string) (Queue, bool) {
	for _, q := range t.Queues {
		if q.ID == id {
			return q, true
		}
	}
	return Queue{}, false
}

// Function returns the function with the logical id.
func (t *Template) Function(id string) (Function, bool) {
	for _, f := range t.Functions {
		if f.ID == id {
			return f, true
		}
	}
	return Function{}, false
}
