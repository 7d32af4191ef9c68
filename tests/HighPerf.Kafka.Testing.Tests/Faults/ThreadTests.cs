using HighPerf.Kafka.Protocol.Messages;

namespace HighPerf.Kafka.Testing.Tests.Faults;

/// <summary>The public face on real threads.</summary>
public sealed class ThreadTests
{
    [Theory]
    [InlineData(KafkaTestTransport.InMemory)]
    [InlineData(KafkaTestTransport.Tcp)]
    public Task Faults_and_recordings_are_used_by_many_threads(KafkaTestTransport transport) => TestBroker.RunAsync(transport, async broker =>
    {
        await broker.Cluster.CreateTopicAsync("t");
        FaultPlan faults = broker.Cluster.Faults;
        using CancellationTokenSource done = new();
        Task[] plotters = [.. Enumerable.Range(0, 4).Select(i => Task.Run(() => PlotAsync(broker.Cluster, i, done.Token)))];
        Task<int>[] workers = [.. Enumerable.Range(0, 6).Select(_ => Task.Run(() => WorkAsync(broker)))];
        int[] errors = await Task.WhenAll(workers);
        await done.CancelAsync();
        await Task.WhenAll(plotters);

        Assert.Empty(faults.Rules);
        RecordedRequest[] seen = broker.Cluster.Requests.Snapshot(ApiKey.Produce);
        Assert.Equal(6 * 200, seen.Length);
        Assert.Equal(seen.Select(request => request.Number).Order(), seen.Select(request => request.Number));
        Assert.Equal(errors.Sum(), seen.Count(request => request.Error != ErrorCode.None));
        Assert.Equal((6 * 200) - errors.Sum(), broker.Model.Topics.Find("t")!.Partitions[0].Log.EndOffset);
    });

    /// <summary>How many of 200 were refused.</summary>
    private static async Task<int> WorkAsync(TestBroker broker)
    {
        RawClient client = await broker.ConnectAsync();
        int refused = 0;
        for (int i = 0; i < 200; i++)
        {
            refused += (await client.CallAsync(Requests.Produce("t", 0, Batches.Of("x")), 9)).Single().ErrorCode == 0 ? 0 : 1;
        }

        await client.CloseAsync();
        return refused;
    }

    private static async Task PlotAsync(KafkaTestCluster cluster, int which, CancellationToken done)
    {
        while (!done.IsCancellationRequested)
        {
            HeldRequests held = cluster.Faults.Hold(new RequestMatch { ApiKey = ApiKey.Produce, Times = 1, Skip = which });
            FaultRule failing = cluster.Faults.Fail(RequestMatch.Of(ApiKey.Produce).Once(), ErrorCode.NotLeaderOrFollower);
            try
            {
                await held.WaitForHeldAsync(1, done);
                Assert.NotEmpty(cluster.Requests.Snapshot());
            }
            catch (OperationCanceledException)
            {
            }

            held.Remove();
            failing.Remove();
            await held.ReleaseAllAsync();
        }
    }
}
