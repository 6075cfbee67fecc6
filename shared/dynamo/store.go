// Package dynamo keeps the desk in one DynamoDB table. A partition is one
// author's thread: its HEAD holds the present ticket, its M# (messages) and L#
// (everything else) are the log that HEAD is the folded result of, and T# are
// the heads of earlier tickets. A message's own item is also the check for
// duplicates, so nothing that is written before it can make a redelivery look
// like a copy of something lost.
//
// Every write of a ticket is one transaction on the condition of the version
// that was read. Lists come from indexes, which lag; nothing is decided on them.
// What the package does not do is judge: it writes the ticket it is given.
package dynamo

import (
	"sync"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

// A Store reads and writes one table. Its methods may be called concurrently.
type Store struct {
	Client *dynamodb.Client
	Table  string
	Pepper []byte // keys the hashes, so that no platform's id stands in a key in clear

	packers sync.Pool // of *packer: a deflate writer is large and costs more to make than to use
}
