using HighPerf.Kafka.Connections;
using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Runtime;
using HighPerf.Kafka.Tests.Scripting;

namespace HighPerf.Kafka.Tests.Connections;

/// <summary>The small parts a connection is made of.</summary>
public sealed class PrimitivesTests
{
    [Fact]
    public void The_ring_keeps_order_while_it_grows_and_turns()
    {
        InFlightRing ring = new(1000);
        RandomSource random = new(5);
        int added = 0;
        int removed = 0;
        while (removed < 5000)
        {
            if (ring.Free > 0 && random.Chance(removed < 2000 ? 0.6 : 0.4) && added < 5000)
            {
                ring.Add(new ProbeRequest(), added++, 1);
            }
            else if (ring.Count > 0)
            {
                Assert.Equal(removed, ring.HeadOrdinal);
                Assert.Equal(removed, ring[0].CorrelationId);
                Assert.Equal(added - 1, ring[ring.Count - 1].CorrelationId);
                Assert.Equal(removed++, ring.RemoveOldest().CorrelationId);
            }

            Assert.Equal(added, ring.TailOrdinal);
            Assert.Equal(1000 - (added - removed), ring.Free);
        }
    }

    [Fact]
    public void The_writer_gathers_control_bytes_and_references_in_order()
    {
        BufferPool pool = new();
        RequestWriter writer = new(pool);
        byte[] external = [50, 51, 52];
        writer.BeginFrame();
        Put(writer, 1, 2);
        writer.Append(external);
        Put(writer, 3);
        Assert.Equal(6, writer.EndFrame());
        writer.BeginFrame();
        Put(writer, [.. Enumerable.Repeat((byte)9, 5000)]);
        Assert.Equal(5000, writer.EndFrame());

        List<ArraySegment<byte>> segments = writer.Finish();

        byte[] all = [.. segments.SelectMany(s => s)];
        Assert.Equal([0, 0, 0, 6, 1, 2, 50, 51, 52, 3, 0, 0, 0x13, 0x88, 9, 9], all[..16]);
        Assert.Equal(10 + 4 + 5000, all.Length);
        Assert.Equal(all.Length, writer.Length);
        Assert.Contains(segments, s => ReferenceEquals(s.Array, external));
        writer.Release();
        Assert.Equal(0, pool.OutstandingBuffers);
    }

    [Fact]
    public void An_abandoned_frame_leaves_what_was_before_it_whole()
    {
        BufferPool pool = new();
        RequestWriter writer = new(pool);
        RandomSource random = new(11);
        List<byte> expected = [];
        for (int round = 0; round < 300; round++)
        {
            bool isAbandoned = random.Chance(0.5);
            writer.BeginFrame();
            List<byte> frame = [];
            for (int piece = random.Next(4); piece >= 0; piece--)
            {
                byte[] bytes = new byte[1 + random.Next(random.Chance(0.2) ? 6000 : 50)];
                random.NextBytes(bytes);
                frame.AddRange(bytes);
                if (random.Chance(0.5))
                {
                    writer.Append(bytes);
                }
                else
                {
                    Put(writer, bytes);
                }
            }

            if (isAbandoned)
            {
                writer.AbandonFrame();
                continue;
            }

            Assert.Equal(frame.Count, writer.EndFrame());
            expected.AddRange([(byte)(frame.Count >> 24), (byte)(frame.Count >> 16), (byte)(frame.Count >> 8), (byte)frame.Count]);
            expected.AddRange(frame);
        }

        Assert.Equal(expected, writer.Finish().SelectMany(s => s));
        writer.Reset();
        Assert.True(writer.IsEmpty);
        writer.Release();
        Assert.Equal(0, pool.OutstandingBuffers);
    }

    [Fact]
    public void A_shared_buffer_goes_back_with_its_last_reference_and_not_twice()
    {
        BufferPool pool = new();
        SharedBuffer buffer = new(pool, 100);
        Assert.True(buffer.IsExclusive);
        buffer.AddReference();
        Assert.False(buffer.IsExclusive);
        buffer.Release();
        Assert.Equal(1, pool.OutstandingBuffers);
        buffer.Release();
        Assert.Equal(0, pool.OutstandingBuffers);
        Assert.Throws<InvalidOperationException>(buffer.Release);
    }

    [Fact]
    public void The_highest_version_both_have_is_taken()
    {
        ApiVersionTable table = new(
            [((short)ApiKey.Fetch, 4, 13), ((short)ApiKey.Produce, 3, 9), (-5, 0, 1), (9999, 0, 1), ((short)ApiKey.Metadata, 5, 2)], []);
        Assert.Equal(13, table.Choose(ApiKey.Fetch, 0, 18));
        Assert.Equal(11, table.Choose(ApiKey.Fetch, 0, 11));
        Assert.Equal(4, table.Choose(ApiKey.Fetch, 0, 4));
        Assert.Equal(-1, table.Choose(ApiKey.Fetch, 0, 3));
        Assert.Equal(-1, table.Choose(ApiKey.Fetch, 14, 18));
        Assert.Equal(-1, table.Choose(ApiKey.Metadata, 0, 13));
        Assert.Equal(-1, table.Choose((ApiKey)9999, 0, 13));
        Assert.False(table.TryGetRange(ApiKey.Heartbeat, out _, out _));
    }

    [Fact]
    public void The_back_off_doubles_to_its_longest_with_jitter_and_starts_over_after_success()
    {
        ReconnectBackoff backoff = new(TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(1), new RandomSource(1));
        double[] expected = [50, 100, 200, 400, 800, 1000, 1000];
        List<double> seen = [];
        foreach (double milliseconds in expected)
        {
            TimeSpan delay = backoff.Failed();
            Assert.InRange(delay.TotalMilliseconds, milliseconds * 0.8, milliseconds * 1.2);
            seen.Add(delay.TotalMilliseconds / milliseconds);
        }

        Assert.True(seen.Distinct().Count() > 3);
        for (int i = 0; i < 100; i++)
        {
            Assert.InRange(backoff.Failed(), TimeSpan.FromSeconds(0.8), TimeSpan.FromSeconds(1.2));
        }

        backoff.Succeeded();
        Assert.InRange(backoff.Failed().TotalMilliseconds, 40, 60);
    }

    private static void Put(RequestWriter writer, params byte[] bytes)
    {
        bytes.CopyTo(writer.GetSpan(bytes.Length));
        writer.Advance(bytes.Length);
    }
}
