using HighPerf.Kafka.Protocol.Messages;

namespace HighPerf.Kafka.Testing.Tests.Handlers;

public sealed class ScramTests
{
    [Fact]
    public void Credentials_are_made_told_and_deleted() => TestBroker.Simulate(async broker =>
    {
        RawClient client = await broker.ConnectAsync();
        Assert.Equal("b None, a None", await Alter(client, [], [("b", 1, 4096), ("a", 2, 8192)]));
        Assert.Equal("b None", await Alter(client, [], [("b", 2, 5000)]));
        Assert.Equal("a None 2:8192; b None 1:4096 2:5000", await Describe(client, null));
        Assert.Equal("b None 1:4096 2:5000; c ResourceNotFound", await Describe(client, ["b", "c"]));
        Assert.Equal("b DuplicateResource", await Describe(client, ["b", "b"]));
        Assert.Equal("a None", await Alter(client, [("a", 2)], []));
        Assert.Equal("b None 1:4096 2:5000", await Describe(client, []));
    });

    [Fact]
    public void What_makes_no_sense_is_refused() => TestBroker.Simulate(async broker =>
    {
        RawClient client = await broker.ConnectAsync();
        Assert.Equal("a UnacceptableCredential", await Alter(client, [], [("a", 1, 4095)]));
        Assert.Equal("a UnacceptableCredential", await Alter(client, [], [("a", 1, 16385)]));
        Assert.Equal("a UnsupportedSaslMechanism", await Alter(client, [], [("a", 3, 4096)]));
        Assert.Equal(" UnacceptableCredential", await Alter(client, [], [("", 1, 4096)]));
        Assert.Equal("a ResourceNotFound", await Alter(client, [("a", 1)], []));
        Assert.Equal("a DuplicateResource, b None", await Alter(client, [("a", 1)], [("a", 1, 4096), ("b", 1, 4096)]));
        Assert.Equal("b None 1:4096", await Describe(client, null));
    });

    private static async Task<string> Alter(RawClient client, (string User, sbyte Mechanism)[] deletions, (string User, sbyte Mechanism, int Iterations)[] made)
    {
        AlterUserScramCredentialsRequest request = new();
        request.Deletions.AddRange(deletions.Select(deletion => new AlterUserScramCredentialsRequest.ScramCredentialDeletion
        {
            Name = deletion.User,
            Mechanism = deletion.Mechanism,
        }));
        request.Upsertions.AddRange(made.Select(credential => new AlterUserScramCredentialsRequest.ScramCredentialUpsertion
        {
            Name = credential.User,
            Mechanism = credential.Mechanism,
            Iterations = credential.Iterations,
            Salt = [1],
            SaltedPassword = [2],
        }));
        AlterUserScramCredentialsResponse response = await client.CallAsync(request, 0);
        Assert.All(response.Results, result => Assert.Equal(result.ErrorCode == 0, result.ErrorMessage is null));
        return string.Join(", ", response.Results.Select(result => $"{result.User} {(ErrorCode)result.ErrorCode}"));
    }

    private static async Task<string> Describe(RawClient client, string[]? users)
    {
        DescribeUserScramCredentialsRequest request = new()
        {
            Users = users?.Select(user => new DescribeUserScramCredentialsRequest.UserName { Name = user }).ToList(),
        };
        DescribeUserScramCredentialsResponse response = await client.CallAsync(request, 0);
        Assert.Equal((0, null), (response.ErrorCode, response.ErrorMessage));
        return string.Join("; ", response.Results.Select(result => $"{result.User} {(ErrorCode)result.ErrorCode}"
            + string.Concat(result.CredentialInfos.Select(info => $" {info.Mechanism}:{info.Iterations}"))));
    }
}
