package doctor

import (
	"context"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"example.com/skala/shared/channel"
	"example.com/skala/shared/platform"
	"example.com/skala/shared/platform/vendor"
)

// mute names the vendors who are sent webhooks and whose answers nobody would let in,
// since the accounts file has no app of their name.
func mute(file *channel.File, apps []platform.App) (names []string) {
	for _, v := range file.Vendors {
		answers := slices.ContainsFunc(apps, func(a platform.App) bool { return a.Platform == vendor.Name && a.Name == v.Name })
		if v.Mail == "" && !answers {
			names = append(names, v.Name)
		}
	}
	return names
}

// vendors says what is wrong with how vendors answer.
func (s *stack) vendors(ctx context.Context, file *channel.File) error {
	if len(file.Vendors) == 0 {
		return nil
	}
	got, err := secretsmanager.NewFromConfig(s.Config).GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: aws.String(s.ids["ReadingAccounts"])})
	if err != nil {
		return err
	}
	accounts, err := platform.Load([]byte(aws.ToString(got.SecretString)), "ReadingAccounts", platform.ForReading)
	if err != nil {
		return err
	}
	if names := mute(file, accounts.Apps()); len(names) > 0 {
		return fmt.Errorf("the accounts have no app of platform vendor for %q: they cannot answer", names)
	}
	return nil
}
