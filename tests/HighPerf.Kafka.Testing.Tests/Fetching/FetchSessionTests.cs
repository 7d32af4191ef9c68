using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Fetching;

namespace HighPerf.Kafka.Testing.Tests.Fetching;

/// <summary>Incremental fetch sessions (KIP-227).</summary>
public sealed class FetchSessionTests
{
    private static readonly byte[] Batch = Batches.Of("v");

    [Fact]
    public void A_session_tells_only_what_changes() => With(3, async (broker, client) =>
    {
        FetchResponse first = await client.FetchAsync("t", SessionClient.At(0, 0), SessionClient.At(1, 0), SessionClient.At(2, 0));
        Assert.NotEqual(0, first.SessionId);
        Assert.Equal([(0, 0, 0), (1, 0, 0), (2, 0, 0)], SessionClient.Told(first));
        Assert.Empty((await client.FetchAsync("t")).Responses);
        await ProduceAsync(client, 1);
        FetchResponse second = await client.FetchAsync("t");
        Assert.Equal(first.SessionId, second.SessionId);
        Assert.Equal([(1, Batch.Length, 1)], SessionClient.Told(second));

        // Who does not say that it goes on gets the same again; who does gets nothing more.
        Assert.Equal([(1, Batch.Length, 1)], SessionClient.Told(await client.FetchAsync("t")));
        Assert.Empty((await client.FetchAsync("t", SessionClient.At(1, 1))).Responses);
        Assert.Empty(broker.Broker.FetchSessions.Find(client.Id)!.Partitions.Changed);
    });

    [Fact]
    public void A_partition_that_joins_is_told_and_one_that_is_forgotten_is_not() => With(3, async (_, client) =>
    {
        await client.FetchAsync("t", SessionClient.At(0, 0), SessionClient.At(1, 0));
        Assert.Equal([(2, 0, 0)], SessionClient.Told(await client.FetchAsync("t", SessionClient.At(2, 0))));
        FetchRequest request = client.Request("t", []);
        request.ForgottenTopicsData.Add(new FetchRequest.ForgottenTopic { Topic = "t", Partitions = [0, 1, 7] });
        Assert.Empty((await client.SendAsync(request)).Responses);
        await ProduceAsync(client, 0);
        await ProduceAsync(client, 2);
        Assert.Equal([(2, Batch.Length, 1)], SessionClient.Told(await client.FetchAsync("t")));
    });

    [Fact]
    public void A_session_that_forgets_everything_ends() => With(1, async (broker, client) =>
    {
        await client.FetchAsync("t", SessionClient.At(0, 0));
        FetchRequest request = client.Request("t", []);
        request.ForgottenTopicsData.Add(new FetchRequest.ForgottenTopic { Topic = "t", Partitions = [0] });
        FetchResponse response = await client.SendAsync(request);
        Assert.Equal((0, 0, 0), (response.ErrorCode, response.SessionId, response.Responses.Count));
        Assert.Equal(0, broker.Broker.FetchSessions.Count);
    });

    [Theory]
    [InlineData(0, 2, ErrorCode.InvalidFetchSessionEpoch)]
    [InlineData(0, int.MaxValue, ErrorCode.InvalidFetchSessionEpoch)]
    [InlineData(0, -2, ErrorCode.InvalidFetchSessionEpoch)]
    [InlineData(1, 1, ErrorCode.FetchSessionIdNotFound)]
    [InlineData(null, 1, ErrorCode.FetchSessionIdNotFound)]
    public void A_wrong_epoch_or_id_is_refused_F7(int? idOffset, int epoch, ErrorCode expected) => With(1, async (_, client) =>
    {
        await client.FetchAsync("t", SessionClient.At(0, 0));
        int id = client.Id;
        FetchRequest request = client.Request("t", [SessionClient.At(0, 5)]);
        request.SessionId = idOffset is { } offset ? id + offset : 0;
        request.SessionEpoch = epoch;
        FetchResponse response = await client.Raw.CallAsync(request, 12);
        Assert.Equal((expected, 0, 0), ((ErrorCode)response.ErrorCode, response.SessionId, response.Responses.Count));

        // What was refused changed nothing: the session goes on where it was.
        Assert.Equal(0, (await client.FetchAsync("t")).ErrorCode);
        Assert.Equal(id, client.Id);
    });

    [Theory]
    [InlineData(-1, 0)]
    [InlineData(0, 1)]
    public void A_full_request_closes_the_session_it_names(int epoch, int sessionsAfter) => With(1, async (broker, client) =>
    {
        await client.FetchAsync("t", SessionClient.At(0, 0));
        int old = client.Id;
        client.Epoch = epoch;
        FetchResponse response = await client.FetchAsync("t", SessionClient.At(0, 0));
        Assert.Equal([(0, 0, 0)], SessionClient.Told(response));
        Assert.NotEqual(old, response.SessionId);
        Assert.Equal(sessionsAfter, broker.Broker.FetchSessions.Count);
        Assert.Null(broker.Broker.FetchSessions.Find(old));
    });

    [Fact]
    public void Names_and_ids_do_not_mix_in_a_session() => With(1, async (broker, byName) =>
    {
        await byName.FetchAsync("t", SessionClient.At(0, 0));
        FetchResponse response = await byName.Raw.CallAsync(byName.Request("", []), 13);
        Assert.Equal(ErrorCode.FetchSessionTopicIdError, (ErrorCode)response.ErrorCode);
        SessionClient byId = new(await broker.ConnectAsync(), 13);
        await byId.SendAsync(byId.Request("", [SessionClient.At(0, 0)], broker.Model.Topics.Find("t")!.Id));
        response = await byId.Raw.CallAsync(byId.Request("", []), 12);
        Assert.Equal(ErrorCode.FetchSessionTopicIdError, (ErrorCode)response.ErrorCode);
    });

    [Fact]
    public void Epochs_wrap_to_one()
    {
        Assert.Equal(1, FetchSession.NextEpoch(0));
        Assert.Equal(8, FetchSession.NextEpoch(7));
        Assert.Equal(1, FetchSession.NextEpoch(int.MaxValue));
    }

    [Fact]
    public void A_partition_that_gave_records_goes_to_the_end_of_the_rotation() => With(3, async (_, client) =>
    {
        for (int i = 0; i < 6; i++)
        {
            await ProduceAsync(client, i % 3);
        }

        // One batch fits into each answer. The session begins with the order of its first answer, which turns nothing.
        List<int> given = [];
        FetchRequest request = client.Request("t", [SessionClient.At(0, 0), SessionClient.At(1, 0), SessionClient.At(2, 0)], maxBytes: 1);
        for (int i = 0; i < 6; i++)
        {
            FetchResponse response = await client.SendAsync(request);
            int partition = SessionClient.Told(response).Single(told => told.Bytes > 0).Partition;
            given.Add(partition);
            request = client.Request("t", [SessionClient.At(partition, given.Count(p => p == partition))], maxBytes: 1);
        }

        Assert.Equal([0, 0, 1, 2, 1, 2], given);
    });

    [Fact]
    public void A_new_high_watermark_is_told_though_there_is_no_room_for_records() => With(2, async (_, client) =>
    {
        await client.FetchAsync("t", SessionClient.At(0, 0), SessionClient.At(1, 0));
        await ProduceAsync(client, 0);
        await ProduceAsync(client, 1);
        FetchResponse response = await client.SendAsync(client.Request("t", [], maxBytes: 1));
        Assert.Equal([(0, Batch.Length, 1), (1, 0, 1)], SessionClient.Told(response));

        // The other one is not news any more; its records are.
        Assert.Equal([(1, Batch.Length, 1)], SessionClient.Told(await client.SendAsync(client.Request("t", [SessionClient.At(0, 1)], maxBytes: 1))));
    });

    [Fact]
    public void A_waiting_session_is_woken_by_its_partitions_only() => With(3, async (broker, client) =>
    {
        await client.FetchAsync("t", SessionClient.At(0, 0), SessionClient.At(1, 0));
        RawClient producer = await broker.ConnectAsync();
        TimeSpan began = broker.Now;
        Task<FetchResponse> waiting = client.SendAsync(client.Request("t", [], maxWaitMs: 30_000));
        await broker.WaitAsync(TimeSpan.FromSeconds(1));
        await producer.CallAsync(Requests.Produce("t", 2, Batch), 9);
        await broker.WaitAsync(TimeSpan.FromSeconds(1));
        await producer.CallAsync(Requests.Produce("t", 1, Batch), 9);
        Assert.Equal([(1, Batch.Length, 1)], SessionClient.Told(await waiting));
        Assert.InRange(broker.Now - began, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(2.2));
    });

    [Fact]
    public void A_fetch_that_waits_while_another_one_uses_its_session_is_told() => With(1, async (broker, client) =>
    {
        await client.FetchAsync("t", SessionClient.At(0, 0));
        int id = client.Id;
        Task<FetchResponse> waiting = client.SendAsync(client.Request("t", [], maxWaitMs: 500));
        SessionClient other = new(await broker.ConnectAsync()) { Id = id, Epoch = 2 };
        Assert.Equal(0, (await other.FetchAsync("t")).ErrorCode);
        FetchResponse late = await waiting;
        Assert.Equal((ErrorCode.InvalidFetchSessionEpoch, id), ((ErrorCode)late.ErrorCode, late.SessionId));
    });

    [Fact]
    public void A_deleted_topic_is_told_each_time_and_one_of_its_name_is_found_again() => With(1, async (broker, client) =>
    {
        await client.FetchAsync("t", SessionClient.At(0, 0));
        broker.Model.DeleteTopic(broker.Model.Topics.Find("t")!);
        for (int i = 0; i < 2; i++)
        {
            Assert.Equal(ErrorCode.UnknownTopicOrPartition, (ErrorCode)(await client.FetchAsync("t")).Single().ErrorCode);
        }

        await broker.CreateTopicAsync("t");
        Assert.Equal((ErrorCode.None, 0), ((ErrorCode)(await client.FetchAsync("t")).Single().ErrorCode, 0));
        Assert.Empty((await client.FetchAsync("t")).Responses);
    });

    [Fact]
    public void A_topic_that_has_got_another_id_is_inconsistent_in_a_session_by_ids() => With(1, async (broker, _) =>
    {
        SessionClient client = new(await broker.ConnectAsync(), 13);
        Guid id = broker.Model.Topics.Find("t")!.Id;
        await client.SendAsync(client.Request("", [SessionClient.At(0, 0)], id));
        broker.Model.DeleteTopic(broker.Model.Topics.Find("t")!);
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, (ErrorCode)(await client.FetchAsync("")).Single().ErrorCode);
        await broker.CreateTopicAsync("t");
        FetchResponse response = await client.FetchAsync("");
        Assert.Equal((ErrorCode.InconsistentTopicId, id), ((ErrorCode)response.Single().ErrorCode, response.Responses[0].TopicId));
    });

    [Fact]
    public void What_does_not_exist_comes_last_and_does_not_end_a_wait() => With(1, async (broker, client) =>
    {
        TimeSpan began = broker.Now;
        FetchResponse response = await client.SendAsync(client.Request("t", [SessionClient.At(5, 0), SessionClient.At(0, 0)], maxWaitMs: 500));
        Assert.Equal([0, 5], response.Responses.SelectMany(topic => topic.Partitions).Select(partition => partition.PartitionIndex));
        Assert.InRange(broker.Now - began, TimeSpan.FromMilliseconds(500), TimeSpan.FromMilliseconds(600));
    });

    [Fact]
    public void A_session_costs_what_changes_not_what_it_holds() => With(1000, async (broker, client) =>
    {
        await client.FetchAsync("t", [.. Enumerable.Range(0, 1000).Select(partition => SessionClient.At(partition, 0))]);
        Assert.Empty(broker.Broker.FetchSessions.Find(client.Id)!.Partitions.Changed);
        await ProduceAsync(client, 777);
        Assert.Single(broker.Broker.FetchSessions.Find(client.Id)!.Partitions.Changed);
        Assert.Equal([(777, Batch.Length, 1)], SessionClient.Told(await client.FetchAsync("t")));
    });

    private static async Task ProduceAsync(SessionClient client, int partition) =>
        Assert.Equal(0, (await client.Raw.CallAsync(Requests.Produce("t", partition, Batch), 9)).Single().ErrorCode);

    private static void With(int partitions, Func<TestBroker, SessionClient, Task> test) => TestBroker.Simulate(async broker =>
    {
        await broker.CreateTopicAsync("t", partitions);
        await test(broker, new SessionClient(await broker.ConnectAsync()));
    });
}
