package dynamo

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/people"
)

// auditAtOnce is how many lines one page of the audit log looks through before it is
// over, however few of them were asked for.
const auditAtOnce = 2000

// Audit returns the lines of the audit log that q asks for, the newest first, at most
// limit of them after a cursor, and the cursor of what follows, empty at the end. A
// page may hold fewer than limit, or none, before the end: it is over, too, once it
// has looked through 2,000 lines.
func (s *Store) Audit(ctx context.Context, q people.AuditQuery, after string, limit int) ([]people.Change, string, error) {
	cursor, err := base64.RawURLEncoding.DecodeString(after)
	if err != nil || len(cursor) > 100 {
		return nil, "", fmt.Errorf("dynamo: cursor: %w", desk.ErrInvalid)
	}
	upTo := never // sort keys before it
	if !q.To.IsZero() {
		upTo = position(roundUp(q.To), "")
	}
	if len(cursor) > 0 {
		at, _, err := parsePosition(string(cursor))
		if err != nil || at.IsZero() {
			return nil, "", fmt.Errorf("dynamo: cursor: %w", desk.ErrInvalid)
		}
		upTo = min(upTo, string(cursor))
	}
	from := ""
	if !q.From.IsZero() {
		from = position(q.From, "")
	}
	if limit <= 0 || upTo <= from {
		return nil, "", nil
	}
	months, err := s.auditMonths(ctx, from, upTo)
	if err != nil {
		return nil, "", err
	}
	var found []people.Change
	looked, last := 0, ""
	next := func(sk string) string { return base64.RawURLEncoding.EncodeToString([]byte(sk)) }
	for _, month := range months {
		for more := true; more; {
			rows, rest, err := s.auditRows(ctx, month, from, upTo, int32(min(limit+1, 200)))
			if err != nil {
				return nil, "", err
			}
			for _, row := range rows {
				var c people.Change
				if err := json.Unmarshal([]byte(textOf(row, "doc")), &c); err != nil {
					return nil, "", broken(row, err)
				}
				switch {
				case looked == auditAtOnce:
					return found, next(upTo), nil
				case !asked(q, c):
				case len(found) == limit:
					return found, next(last), nil
				default:
					found, last = append(found, c), textOf(row, "sk")
				}
				upTo = textOf(row, "sk")
				looked++
			}
			more = rest
		}
	}
	return found, "", nil
}

// asked reports whether a line is of those that q asks for. Sort keys are of
// milliseconds, times of less.
func asked(q people.AuditQuery, c people.Change) bool {
	return !c.At.Before(q.From) && (q.To.IsZero() || c.At.Before(q.To)) && (q.Who == "" || q.Who == c.Who) && (q.Target == "" || q.Target == c.Target) &&
		(q.Kind == "" || q.Kind == c.Kind) && (q.What == "" || q.What == c.What)
}

// auditRows returns the lines of a month between two sort keys, of which the second
// is not among them, the newest first, and whether there may be more.
func (s *Store) auditRows(ctx context.Context, month, from, upTo string, limit int32) (rows []item, more bool, err error) {
	out, err := s.Client.Query(ctx, &dynamodb.QueryInput{
		TableName: &s.Table, KeyConditionExpression: aws.String("pk = :pk AND sk < :to"),
		ExpressionAttributeValues: item{":pk": text(auditPK(month)), ":to": text(upTo)},
		ScanIndexForward:          aws.Bool(false), ConsistentRead: aws.Bool(true), Limit: &limit,
	})
	if err != nil {
		return nil, false, fmt.Errorf("dynamo: reading the audit log of %s: %w", month, err)
	}
	for _, row := range out.Items {
		if textOf(row, "sk") < from {
			return rows, false, nil
		}
		rows = append(rows, row)
	}
	return rows, len(out.LastEvaluatedKey) > 0, nil
}

// auditMonths returns the months with lines between two positions, the latest first.
func (s *Store) auditMonths(ctx context.Context, from, upTo string) ([]string, error) {
	rows, err := s.query(ctx, &dynamodb.QueryInput{
		KeyConditionExpression: aws.String("pk = :pk"), ExpressionAttributeValues: item{":pk": text(auditMonths)},
		ScanIndexForward: aws.Bool(false), ConsistentRead: aws.Bool(true),
	})
	if err != nil {
		return nil, fmt.Errorf("reading the months of the audit log: %w", err)
	}
	var months []string
	for _, row := range rows {
		month := strings.TrimPrefix(textOf(row, "sk"), "M#")
		begins, err := time.Parse(auditMonth, month)
		if err != nil {
			return nil, broken(row, err)
		}
		if position(begins, "") < upTo && position(begins.AddDate(0, 1, 0), "") > from {
			months = append(months, month)
		}
	}
	return months, nil
}

// auditItem is a line of the audit log.
func auditItem(c people.Change) (item, error) {
	if at, _, err := parsePosition(c.ID); err != nil || !at.Equal(c.At.Truncate(time.Millisecond)) {
		return nil, fmt.Errorf("the change's id %q is not of its time: %w", c.ID, desk.ErrInvalid)
	}
	doc, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	line := key(auditPK(c.At.UTC().Format(auditMonth)), c.ID)
	line["doc"] = text(string(doc))
	return line, nil
}

// openMonth notes that a month has lines. A month that was noted and got none, since
// whoever noted it died, is read in vain and no more.
func (s *Store) openMonth(ctx context.Context, at time.Time) error {
	return unlessThere(s.putNew(ctx, key(auditMonths, "M#"+at.UTC().Format(auditMonth))))
}
