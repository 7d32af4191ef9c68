using HighPerf.Kafka.Protocol.Messages;

namespace HighPerf.Kafka.Testing.Tests.Handlers;

public sealed class ClusterAdminTests
{
    [Fact]
    public void Whoever_authenticates_on_a_plaintext_listener_is_in_an_illegal_state() => TestBroker.Simulate(async broker =>
    {
        RawClient client = await broker.ConnectAsync();
        foreach (short version in Requests.Versions(0, 1))
        {
            SaslHandshakeResponse handshake = await client.CallAsync(new SaslHandshakeRequest { Mechanism = "PLAIN" }, version);
            Assert.Equal(ErrorCode.IllegalSaslState, (ErrorCode)handshake.ErrorCode);
            Assert.Empty(handshake.Mechanisms);
        }

        foreach (short version in Requests.Versions(0, 2))
        {
            SaslAuthenticateResponse answer = await client.CallAsync(new SaslAuthenticateRequest { AuthBytes = [1, 2] }, version);
            Assert.Equal(ErrorCode.IllegalSaslState, (ErrorCode)answer.ErrorCode);
            Assert.Equal("SaslAuthenticate request received after successful authentication", answer.ErrorMessage);
        }

        // The connection goes on.
        Assert.Equal(0, (await client.CallAsync(Requests.Metadata(), 9)).ErrorCode);
    });

    [Fact]
    public void Without_an_authorizer_there_are_no_ACLs() => TestBroker.Simulate(async broker =>
    {
        RawClient client = await broker.ConnectAsync();
        foreach (short version in Requests.Versions(1, 3))
        {
            DescribeAclsRequest describe = new() { ResourceTypeFilter = 1, Operation = 1, PermissionType = 1 };
            DescribeAclsResponse described = await client.CallAsync(describe, version);
            Assert.Equal((ErrorCode.SecurityDisabled, "No Authorizer is configured."), ((ErrorCode)described.ErrorCode, described.ErrorMessage));
            CreateAclsRequest.AclCreation acl = new() { ResourceType = 2, ResourceName = "t", Principal = "User:a", Host = "*", Operation = 3 };
            CreateAclsResponse created = await client.CallAsync(new CreateAclsRequest { Creations = [acl, acl] }, version);
            Assert.Equal([ErrorCode.SecurityDisabled, ErrorCode.SecurityDisabled], created.Results.Select(result => (ErrorCode)result.ErrorCode));
            DeleteAclsRequest.DeleteAclsFilter filter = new() { ResourceTypeFilter = 1, Operation = 1, PermissionType = 1 };
            DeleteAclsResponse deleted = await client.CallAsync(new DeleteAclsRequest { Filters = [filter] }, version);
            Assert.Equal(ErrorCode.SecurityDisabled, (ErrorCode)Assert.Single(deleted.FilterResults).ErrorCode);
        }
    });

    [Fact]
    public void Brokers_that_do_not_run_are_told_to_whoever_wants_to_know() => TestBroker.Simulate(
        async broker =>
        {
            RawClient client = await broker.ConnectAsync();
            await broker.Cluster.StopBrokerAsync(3);
            foreach (short version in Requests.Versions(0, 2))
            {
                DescribeClusterResponse response = await client.CallAsync(new DescribeClusterRequest { IncludeFencedBrokers = version >= 2 }, version);
                Assert.Equal((0, broker.Cluster.ClusterId), (response.ErrorCode, response.ClusterId));
                Assert.Equal(
                    version >= 2 ? [(1, false), (2, false), (3, true)] : [(1, false), (2, false)],
                    response.Brokers.Select(told => (told.BrokerId, told.IsFenced)));
            }

            DescribeClusterResponse refused = await client.CallAsync(new DescribeClusterRequest { EndpointType = 2 }, 1);
            Assert.Equal(ErrorCode.MismatchedEndpointType, (ErrorCode)refused.ErrorCode);
            refused = await client.CallAsync(new DescribeClusterRequest { EndpointType = 3 }, 1);
            Assert.Equal(ErrorCode.UnsupportedEndpointType, (ErrorCode)refused.ErrorCode);
        },
        new KafkaTestClusterOptions { Brokers = 3 });

    [Fact]
    public void Log_directories_tell_how_much_each_replica_holds() => TestBroker.Simulate(async broker =>
    {
        await broker.CreateTopicAsync("t", 2);
        await broker.CreateTopicAsync("u");
        RawClient client = await broker.ConnectAsync();
        byte[] batch = Batches.OfSize(1000);
        await client.CallAsync(Requests.Produce("t", 1, batch), 9);
        foreach (short version in Requests.Versions(1, 5))
        {
            DescribeLogDirsResponse response = await client.CallAsync(new DescribeLogDirsRequest { Topics = null }, version);
            DescribeLogDirsResponse.DescribeLogDirsResult directory = Assert.Single(response.Results);
            Assert.Equal((0, 0, "/tmp/kafka-logs"), (response.ErrorCode, directory.ErrorCode, directory.LogDir));
            Assert.Equal(["t", "u"], directory.Topics.Select(topic => topic.Name));
            Assert.Equal([(0, 0L), (1, (long)batch.Length)], directory.Topics[0].Partitions.Select(p => (p.PartitionIndex, p.PartitionSize)));
            Assert.Equal(version >= 4 ? batch.Length : 0, directory.TotalBytes - directory.UsableBytes);

            DescribeLogDirsRequest some = new()
            {
                Topics =
                [
                    new DescribeLogDirsRequest.DescribableLogDirTopic { Topic = "t", Partitions = [1, 7] },
                    new DescribeLogDirsRequest.DescribableLogDirTopic { Topic = "nobody", Partitions = [0] },
                ],
            };
            Assert.Equal([1], Assert.Single((await client.CallAsync(some, version)).Results[0].Topics).Partitions.Select(p => p.PartitionIndex));
            Assert.Empty((await client.CallAsync(new DescribeLogDirsRequest { Topics = [] }, version)).Results[0].Topics);
        }
    });

    [Fact]
    public void Topic_partitions_come_page_by_page() => TestBroker.Simulate(async broker =>
    {
        foreach ((string name, int partitions) in new[] { ("b", 3), ("a", 2), ("c", 1) })
        {
            await broker.CreateTopicAsync(name, partitions);
        }

        RawClient client = await broker.ConnectAsync();
        Assert.Equal("a: 0 1; b: 0 1 2; c: 0 | -", await Page(client, 2000, null));
        Assert.Equal("a: 0 1; b: 0 1 | b 2", await Page(client, 4, null));
        Assert.Equal("b: 2; c: 0 | -", await Page(client, 4, ("b", 2)));
        Assert.Equal("a: 0 1 | b 0", await Page(client, 2, null));
        Assert.Equal("a: 0 | a 1", await Page(client, 0, null));
        Assert.Equal("b: 0 1 2; c: 0 | -", await Page(client, 9, ("aa", 1)));
        Assert.Equal("b:; c: 0 | -", await Page(client, 9, ("b", 5)));
        Assert.Equal("b: 0 1 2; c: 0; nobody UnknownTopicOrPartition | -", await Page(client, 9, null, "nobody", "c", "b", "c"));
        Assert.Equal("a: 0 1; a b InvalidTopicException; c: 0 | -", await Page(client, 3, null, "c", "a b", "a"));
    });

    [Fact]
    public void A_topic_partition_tells_all_of_itself() => TestBroker.Simulate(async broker =>
    {
        Guid id = await broker.CreateTopicAsync("t");
        RawClient client = await broker.ConnectAsync();
        DescribeTopicPartitionsResponse.DescribeTopicPartitionsResponseTopic topic =
            Assert.Single((await client.CallAsync(new DescribeTopicPartitionsRequest(), 0)).Topics);
        Assert.Equal((id, false, 0b1101_1111_1000), (topic.TopicId, topic.IsInternal, topic.TopicAuthorizedOperations));
        DescribeTopicPartitionsResponse.DescribeTopicPartitionsResponsePartition partition = Assert.Single(topic.Partitions);
        Assert.Equal((0, 0, 1, 0), (partition.ErrorCode, partition.PartitionIndex, partition.LeaderId, partition.LeaderEpoch));
        Assert.Equal([1], partition.ReplicaNodes);
        Assert.Equal([1], partition.IsrNodes);
        Assert.Empty(partition.EligibleLeaderReplicas!);
        Assert.Empty(partition.LastKnownElr!);
        Assert.Empty(partition.OfflineReplicas);

        DescribeTopicPartitionsRequest bad = new()
        {
            Topics = [new DescribeTopicPartitionsRequest.TopicRequest { Name = "t" }],
            Cursor = new DescribeTopicPartitionsRequest.CursorData { TopicName = "t", PartitionIndex = -1 },
        };
        Assert.Equal(ErrorCode.InvalidRequest, (ErrorCode)Assert.Single((await client.CallAsync(bad, 0)).Topics).ErrorCode);
    });

    [Theory]
    [InlineData("transaction.version", 1, 2, ErrorCode.None)]
    [InlineData("transaction.version", 1, 1, ErrorCode.InvalidUpdateVersion)]
    [InlineData("transaction.version", 0, 2, ErrorCode.None)]
    [InlineData("transaction.version", 3, 1, ErrorCode.InvalidUpdateVersion)]
    [InlineData("transaction.version", 2, 2, ErrorCode.None)]
    [InlineData("transaction.version", -1, 2, ErrorCode.InvalidUpdateVersion)]
    [InlineData("transaction.version", 2, 9, ErrorCode.InvalidUpdateVersion)]
    [InlineData("share.version", 1, 1, ErrorCode.None)]
    [InlineData("share.version", 1, 2, ErrorCode.InvalidUpdateVersion)]
    [InlineData("no.such", 1, 1, ErrorCode.InvalidUpdateVersion)]
    [InlineData("metadata.version", 26, 2, ErrorCode.None)]
    [InlineData("metadata.version", 20, 2, ErrorCode.InvalidUpdateVersion)]
    [InlineData("metadata.version", 0, 3, ErrorCode.InvalidUpdateVersion)]
    public void Features_are_changed_by_level_and_direction(string name, short level, sbyte type, ErrorCode expected) => TestBroker.Simulate(
        async broker =>
        {
            RawClient client = await broker.ConnectAsync();
            short before = broker.Model.Features.Find(name)?.Level ?? 0;
            UpdateFeaturesRequest request = new()
            {
                FeatureUpdates = [new UpdateFeaturesRequest.FeatureUpdateKey { Feature = name, MaxVersionLevel = level, UpgradeType = type }],
                ValidateOnly = true,
            };
            Assert.Equal(expected, (ErrorCode)(await client.CallAsync(request, 2)).ErrorCode);
            Assert.Equal((before, 1L), (broker.Model.Features.Find(name)?.Level ?? 0, broker.Model.Features.Epoch));
            request.ValidateOnly = false;
            UpdateFeaturesResponse response = await client.CallAsync(request, 1);
            Assert.Equal(expected, (ErrorCode)response.ErrorCode);
            if (expected != ErrorCode.None)
            {
                Assert.Equal((before, 1L), (broker.Model.Features.Find(name)?.Level ?? 0, broker.Model.Features.Epoch));
                return;
            }

            Assert.Equal((name, 0), response.Results.Select(result => (result.Feature, (int)result.ErrorCode)).Single());
            ApiVersionsResponse versions = await client.CallAsync(new ApiVersionsRequest { ClientSoftwareName = "raw", ClientSoftwareVersion = "1" }, 4);
            Assert.Equal((level, 2L), (versions.FinalizedFeatures.Find(f => f.Name == name)?.MaxVersionLevel ?? 0, versions.FinalizedFeaturesEpoch));
        },
        new KafkaTestClusterOptions().AsKafka("4.1"));

    private static async Task<string> Page(RawClient client, int limit, (string Topic, int Partition)? cursor, params string[] topics)
    {
        DescribeTopicPartitionsResponse response = await client.CallAsync(
            new DescribeTopicPartitionsRequest
            {
                ResponsePartitionLimit = limit,
                Topics = [.. topics.Select(topic => new DescribeTopicPartitionsRequest.TopicRequest { Name = topic })],
                Cursor = cursor is not { } from
                    ? null
                    : new DescribeTopicPartitionsRequest.CursorData { TopicName = from.Topic, PartitionIndex = from.Partition },
            },
            0);
        IEnumerable<string> told = response.Topics.Select(topic => topic.ErrorCode == 0
            ? $"{topic.Name}:{string.Concat(topic.Partitions.Select(partition => $" {partition.PartitionIndex}"))}"
            : $"{topic.Name} {(ErrorCode)topic.ErrorCode}");
        string next = response.NextCursor is null ? "-" : $"{response.NextCursor.TopicName} {response.NextCursor.PartitionIndex}";
        return $"{string.Join("; ", told)} | {next}";
    }
}
