package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"time"

	"example.com/skala/infra/figures"
)

// How the door and the floor are driven: in turns, so that what else the
// machine does hits both.
const (
	connections = 16
	rounds      = 6
	round       = 2 * time.Second
	warmUp      = 500 * time.Millisecond
)

// doorFigures compare the door with the floor: the least that a receiver does.
type doorFigures struct {
	Accepted   float64 `json:"accepted_per_s"`
	Floor      float64 `json:"floor_per_s"`
	Ratio      float64 `json:"ratio"` // of the two
	P50        float64 `json:"p50_ms"`
	P99        float64 `json:"p99_ms"`
	FloorP50   float64 `json:"floor_p50_ms"`
	FloorP99   float64 `json:"floor_p99_ms"`
	CPU        float64 `json:"cpu_s_per_1000"`
	FloorCPU   float64 `json:"floor_cpu_s_per_1000"`
	CPURatio   float64 `json:"cpu_ratio"`
	BodyBytes  int     `json:"body_bytes"`
	Connected  int     `json:"connections"`
	RoundsEach int     `json:"rounds"`
}

func measureDoor(ctx context.Context) (f doorFigures, err error) {
	var posts []post
	for range 64 {
		posts = append(posts, newPost(chargedTwice, time.Now()))
	}
	var drives [2]drive
	for i, what := range []string{"door", "floor"} {
		s, err := startServer(ctx, what)
		if err != nil {
			return f, err
		}
		defer s.stop()
		drives[i] = drive{server: s, requests: requestsOf(posts, s.address)}
		if _, err := load(ctx, s.address, drives[i].requests, warmUp); err != nil {
			return f, fmt.Errorf("driving the %s: %w", what, err)
		}
	}
	for range rounds {
		for i := range drives {
			if err := drives[i].round(ctx); err != nil {
				return f, err
			}
		}
	}
	door, floor := &drives[0], &drives[1]
	f = doorFigures{
		Accepted: door.rate(), Floor: floor.rate(), CPU: door.perThousand(), FloorCPU: floor.perThousand(),
		P50: ms(figures.Quantile(door.took, 0.5)), P99: ms(figures.Quantile(door.took, 0.99)),
		FloorP50: ms(figures.Quantile(floor.took, 0.5)), FloorP99: ms(figures.Quantile(floor.took, 0.99)),
		BodyBytes: len(posts[0].body), Connected: connections, RoundsEach: rounds,
	}
	f.Ratio, f.CPURatio = f.Accepted/f.Floor, f.CPU/f.FloorCPU
	return f, nil
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// A drive is what one server did in all its rounds.
type drive struct {
	server   *server
	requests [][]byte
	took     []time.Duration // of each request
	spent    time.Duration   // in rounds
	cpu      float64         // seconds
}

func (d *drive) round(ctx context.Context) error {
	before, err := d.server.cpu()
	if err != nil {
		return err
	}
	began := time.Now()
	took, err := load(ctx, d.server.address, d.requests, round)
	if err != nil {
		return fmt.Errorf("driving the %s: %w", d.server.what, err)
	}
	d.spent += time.Since(began)
	after, err := d.server.cpu()
	d.took, d.cpu = append(d.took, took...), d.cpu+after-before
	return err
}

func (d *drive) rate() float64        { return float64(len(d.took)) / d.spent.Seconds() }
func (d *drive) perThousand() float64 { return d.cpu / float64(len(d.took)) * 1000 }

// A server is a process of this program that serves.
type server struct {
	what    string
	address string
	cmd     *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Reader
}

func startServer(ctx context.Context, what string) (*server, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("starting the %s: %w", what, err)
	}
	s := &server{what: what, cmd: exec.CommandContext(ctx, self, "serve", what)}
	s.cmd.Stderr = os.Stderr
	if s.in, err = s.cmd.StdinPipe(); err != nil {
		return nil, fmt.Errorf("starting the %s: %w", what, err)
	}
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("starting the %s: %w", what, err)
	}
	s.out = bufio.NewReader(out)
	if err := s.cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting the %s: %w", what, err)
	}
	if s.address, err = s.line(); err != nil {
		s.stop()
		return nil, fmt.Errorf("the %s does not start: %w", what, err)
	}
	return s, nil
}

func (s *server) line() (string, error) {
	line, err := s.out.ReadString('\n')
	return strings.TrimSpace(line), err
}

// cpu is how many seconds of it the process has used.
func (s *server) cpu() (float64, error) {
	if _, err := fmt.Fprintln(s.in); err != nil {
		return 0, fmt.Errorf("asking the %s for its CPU time: %w", s.what, err)
	}
	line, err := s.line()
	if err != nil {
		return 0, fmt.Errorf("asking the %s for its CPU time: %w", s.what, err)
	}
	return strconv.ParseFloat(line, 64)
}

func (s *server) stop() {
	s.in.Close()
	_ = s.cmd.Wait() // measured already; how it ends changes nothing
}

// requestsOf writes posts down as a client sends them over a connection that
// stays open.
func requestsOf(posts []post, host string) [][]byte {
	var all [][]byte
	for _, p := range posts {
		all = append(all, fmt.Appendf(nil, "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json; charset=utf-8\r\nUser-Agent: LineBotWebhook/2.0\r\n%s: %s\r\nContent-Length: %d\r\n\r\n%s",
			address, host, signed, p.signature, len(p.body), p.body))
	}
	return all
}

// load sends requests round and round over all connections for a while and
// returns how long each took. It spares the machine an HTTP client, which would
// cost as much as the server.
func load(ctx context.Context, host string, requests [][]byte, lasting time.Duration) ([]time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, lasting+30*time.Second)
	defer cancel()
	end := time.Now().Add(lasting)
	took, failed := make([][]time.Duration, connections), make([]error, connections)
	var all sync.WaitGroup
	for n := range connections {
		all.Go(func() { took[n], failed[n] = one(ctx, host, requests, n, end) })
	}
	all.Wait()
	var joined []time.Duration
	for _, t := range took {
		joined = append(joined, t...)
	}
	return joined, errors.Join(failed...)
}

// one is a connection of load, beginning with the n-th request. It sends one at
// least.
func one(ctx context.Context, host string, requests [][]byte, n int, end time.Time) (took []time.Duration, err error) {
	c, err := (&net.Dialer{}).DialContext(ctx, "tcp", host)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	if deadline, ok := ctx.Deadline(); ok {
		if err := c.SetDeadline(deadline); err != nil {
			return nil, err
		}
	}
	answers := bufio.NewReader(c)
	for began := time.Now(); len(took) == 0 || began.Before(end); n++ {
		if err := ctx.Err(); err != nil {
			return took, err
		}
		if _, err := c.Write(requests[n%len(requests)]); err != nil {
			return took, err
		}
		if err := answered(answers); err != nil {
			return took, err
		}
		next := time.Now()
		took, began = append(took, next.Sub(began)), next
	}
	return took, nil
}

// answered reads one answer, which must be a 200 with a length.
func answered(r *bufio.Reader) error {
	status, err := r.ReadSlice('\n')
	if err != nil {
		return err
	}
	if !bytes.HasPrefix(status, []byte("HTTP/1.1 200 ")) {
		return fmt.Errorf("answered %q", status)
	}
	length := -1
	for {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return err
		}
		if line = bytes.TrimSpace(line); len(line) == 0 {
			break
		}
		if value, ok := bytes.CutPrefix(line, []byte("Content-Length: ")); ok {
			if length, err = strconv.Atoi(string(value)); err != nil {
				return err
			}
		}
	}
	if length < 0 {
		return errors.New("an answer without its length")
	}
	_, err = r.Discard(length)
	return err
}
