using HighPerf.Kafka.Runtime;
using HighPerf.Kafka.Testing;

namespace HighPerf.Kafka.Tests.Producing.Rules;

/// <summary>W1: a frame is never cancelled half-written. (Re-authentication is not there yet.)</summary>
public sealed class W01FrameTests
{
    // So little is under way at a time that a large frame stands half-written for long.
    private static readonly NetworkFaultPlan Narrow = new() { Window = 4096, CutProbability = 0.5 };

    [Fact]
    public void W1_a_send_that_is_cancelled_while_its_frame_is_half_written_leaves_a_whole_frame() =>
        new ProducerWorld(network: Narrow).Run(async world =>
        {
            await world.Send("warm");
            await world.Faults.PartitionNetworkAsync(1);
            using CancellationTokenSource cancellation = new();
            string large = "large " + new string('x', 200_000);
            Task<RecordMetadata> cancelled = world.Send(large, cancellationToken: cancellation.Token);
            Task<RecordMetadata> behind = world.Send("behind");
            await world.Delay(1);
            cancellation.Cancel();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
            Assert.False(behind.IsCompleted);
            await world.Faults.HealNetworkAsync(1);
            Assert.Equal(2, (await behind).Offset);
            Assert.Equal(["warm", large, "behind"], world.LogValues());
            Assert.Single(world.Batches().Select(batch => batch.Request.Connection).Distinct());
        });

    [Fact]
    public void W1_a_frame_whose_time_is_over_half_written_ends_with_its_connection_and_is_sent_whole_on_the_next() =>
        new ProducerWorld(new ProducerOptions { RequestTimeout = TimeSpan.FromSeconds(2) }, network: Narrow).Run(async world =>
        {
            await world.Send("warm");
            await world.Faults.PartitionNetworkAsync(1);
            string large = "large " + new string('x', 200_000);
            Task<RecordMetadata> sending = world.Send(large);
            await world.Delay(5);
            await world.Faults.HealNetworkAsync(1);
            Assert.Equal(1, (await sending).Offset);
            Assert.Equal(["warm", large], world.LogValues());
            List<SentBatch> batches = world.Batches().FindAll(batch => batch.Values.Contains(large));
            Assert.All(batches, batch => Assert.Equal(batches[0].Bytes, batch.Bytes));
        });
}
