package emulator

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

// A jar is a Java program, as Maven names it.
type jar struct{ Group, Name, Version string }

// The pair that the default emulator is checked against: AWS's own DynamoDB
// Local, and ElasticMQ. The fetcher is the plugin of Maven that installs them.
var (
	dynamoDBLocal = jar{"software.amazon.dynamodb", "DynamoDBLocal", "3.1.0"}
	elasticMQ     = jar{"org.elasticmq", "elasticmq-server_3", "1.7.1"}
	fetcher       = jar{"org.apache.maven.plugins", "maven-dependency-plugin", "3.8.1"}
)

// pom asks for a jar with all that it needs.
const pom = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>com.example.skala</groupId>
  <artifactId>emulator</artifactId>
  <version>1</version>
  <dependencies>
    <dependency>
      <groupId>%s</groupId>
      <artifactId>%s</artifactId>
      <version>%s</version>
      <scope>runtime</scope>
    </dependency>
  </dependencies>
</project>
`

// queuesConfig has ElasticMQ listen on one loopback port, and name queues as
// the account does that all emulators play.
const queuesConfig = `include classpath("application.conf")
aws { region = %[2]s, accountId = "%[3]s" }
node-address { protocol = http, host = 127.0.0.1, port = %[1]d, context-path = "" }
rest-sqs { enabled = true, bind-hostname = 127.0.0.1, bind-port = %[1]d, sqs-limits = strict }
rest-stats { enabled = false }
`

//go:embed Loopback.java
var loopback []byte

// WithJava runs f while DynamoDB Local and ElasticMQ run, on loopback and in
// memory, and installs them before when they are not in .local yet. It needs a
// JDK and Maven.
func WithJava(ctx context.Context, root string, log *slog.Logger, f func(*Emulator) error) (err error) {
	for _, need := range []struct{ program, what string }{{"javac", "a JDK, 17 or newer"}, {"mvn", "Maven"}} {
		if _, err := exec.LookPath(need.program); err != nil {
			return fmt.Errorf("EMULATOR=aws-java needs %s, and there is no %s in PATH (on Debian: apt-get install default-jdk-headless maven)", need.what, need.program)
		}
	}
	tables, queues := filepath.Join(root, ".local", "aws-java", "dynamodb"), filepath.Join(root, ".local", "aws-java", "elasticmq")
	if err := errors.Join(fetch(ctx, tables, dynamoDBLocal, log), fetch(ctx, queues, elasticMQ, log)); err != nil {
		return err
	}
	tablesPort, err := freePort(ctx)
	if err != nil {
		return err
	}
	queuesPort, err := freePort(ctx)
	if err != nil {
		return err
	}
	if err := errors.Join(os.WriteFile(filepath.Join(tables, "Loopback.java"), loopback, 0o644),
		os.WriteFile(filepath.Join(queues, "elasticmq.conf"), fmt.Appendf(nil, queuesConfig, queuesPort, Region, Account), 0o644)); err != nil {
		return fmt.Errorf("starting the emulators: %w", err)
	}
	stopTables, err := java(tables, "-Xmx512m", "-Djava.library.path=lib", "-cp", "lib/*", "Loopback.java", "-disableTelemetry", "-sharedDb", "-inMemory", "-port", strconv.Itoa(tablesPort))
	if err != nil {
		return err
	}
	defer stopTables()
	stopQueues, err := java(queues, "-Xmx256m", "-Dconfig.file=elasticmq.conf", "-cp", "lib/*", "org.elasticmq.server.Main")
	if err != nil {
		return err
	}
	defer stopQueues()
	e := &Emulator{DynamoDBURL: "http://127.0.0.1:" + strconv.Itoa(tablesPort), SQSURL: "http://127.0.0.1:" + strconv.Itoa(queuesPort)}
	if err := e.await(ctx, time.Minute); err != nil {
		return fmt.Errorf("%w: see output.log in %s and in %s", err, tables, queues)
	}
	return f(e)
}

// fetch puts j with all it needs into dir/lib, once. Maven compares each file
// with the checksum that its repository gives.
func fetch(ctx context.Context, dir string, j jar, log *slog.Logger) error {
	want, marker := fmt.Sprint(j, fetcher), filepath.Join(dir, "installed")
	if got, err := os.ReadFile(marker); err == nil && string(got) == want {
		return nil
	}
	log.InfoContext(ctx, "installing", "program", j.Name, "version", j.Version, "into", dir)
	if err := errors.Join(os.RemoveAll(dir), os.MkdirAll(dir, 0o755)); err != nil {
		return fmt.Errorf("installing %s: %w", j.Name, err)
	}
	file := filepath.Join(dir, "pom.xml")
	if err := os.WriteFile(file, fmt.Appendf(nil, pom, j.Group, j.Name, j.Version), 0o644); err != nil {
		return fmt.Errorf("installing %s: %w", j.Name, err)
	}
	said, err := exec.CommandContext(ctx, "mvn", "--batch-mode", "--quiet", "--strict-checksums", "--file", file,
		fmt.Sprintf("%s:%s:%s:copy-dependencies", fetcher.Group, fetcher.Name, fetcher.Version), "-DoutputDirectory=lib").CombinedOutput()
	if err != nil {
		return fmt.Errorf("installing %s with Maven: %w: %.1000s", j.Name, err, said)
	}
	return os.WriteFile(marker, []byte(want), 0o644)
}

// java starts a Java program in dir and returns what ends it.
func java(dir string, args ...string) (stop func(), err error) {
	out, err := os.Create(filepath.Join(dir, "output.log"))
	if err != nil {
		return nil, fmt.Errorf("starting an emulator: %w", err)
	}
	defer out.Close()
	cmd := exec.Command("java", args...) // not of ctx: stop ends it
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, out, out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // Ctrl-C is for us
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting an emulator: %w", err)
	}
	return func() {
		_ = cmd.Process.Signal(syscall.SIGTERM) // it may have ended already
		late := time.AfterFunc(20*time.Second, func() { _ = cmd.Process.Kill() })
		defer late.Stop()
		_ = cmd.Wait() // how it ends is nobody's matter: it keeps nothing
	}, nil
}

// await waits until both services answer.
func (e *Emulator) await(ctx context.Context, within time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	for {
		_, tables := e.DynamoDB().ListTables(ctx, &dynamodb.ListTablesInput{}, func(o *dynamodb.Options) { o.Retryer = aws.NopRetryer{} })
		_, queues := e.SQS().ListQueues(ctx, &sqs.ListQueuesInput{}, func(o *sqs.Options) { o.Retryer = aws.NopRetryer{} })
		err := errors.Join(tables, queues)
		if err == nil {
			return nil
		}
		select {
		case <-time.After(200 * time.Millisecond):
		case <-ctx.Done():
			return fmt.Errorf("the emulators do not answer: %w", err)
		}
	}
}
