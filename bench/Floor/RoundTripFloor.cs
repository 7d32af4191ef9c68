using System.Buffers.Binary;
using System.Diagnostics;
using System.Net.Sockets;

namespace HighPerf.Kafka.Floor;

/// <summary>One Produce request of one record at a time and its acknowledgement, by a blocking thread or by awaiting over the thread pool.</summary>
internal sealed class RoundTripFloor(FloorOptions options, int port) : IDisposable
{
    private readonly Line _line = new(port);
    private readonly Crc32C _crc = new();
    private readonly Batch _batch = new(options.Size + Batch.HeaderSize + Batch.RecordOverhead);
    private readonly byte[] _request = new byte[options.Size + 1024];
    private readonly byte[] _answer = new byte[64 * 1024];
    private readonly byte[] _key = new byte[options.Key];
    private readonly byte[] _value = new byte[options.Size - options.Key];

    public (string Figure, double Value)[] RunBlocking(int trips)
    {
        double[] latencies = new double[trips];
        Meter meter = new();
        for (int i = 0; i < trips; i++)
        {
            long started = Stopwatch.GetTimestamp();
            _line.SendAll(_request.AsSpan(0, WriteRequest(i)));
            _line.ReceiveFrame(_answer);
            latencies[i] = Stopwatch.GetElapsedTime(started).TotalMicroseconds;
        }

        return Figures(meter, latencies);
    }

    public async Task<(string Figure, double Value)[]> RunAsync(int trips)
    {
        double[] latencies = new double[trips];
        Meter meter = new();
        for (int i = 0; i < trips; i++)
        {
            long started = Stopwatch.GetTimestamp();
            await _line.Socket.SendAsync(_request.AsMemory(0, WriteRequest(i)), SocketFlags.None);
            int received = 0;
            while (received < 4 || received < 4 + BinaryPrimitives.ReadInt32BigEndian(_answer))
            {
                received += await _line.Socket.ReceiveAsync(_answer.AsMemory(received), SocketFlags.None);
            }

            latencies[i] = Stopwatch.GetElapsedTime(started).TotalMicroseconds;
        }

        return Figures(meter, latencies);
    }

    public void Dispose() => _line.Dispose();

    private static (string Figure, double Value)[] Figures(Meter meter, double[] latencies)
    {
        double cpu = meter.CpuMicroseconds / latencies.Length;
        Array.Sort(latencies);
        return [("p50_us", latencies[latencies.Length / 2]), ("p99_us", latencies[latencies.Length * 99 / 100]), ("cpu_us_per_trip", cpu)];
    }

    private int WriteRequest(int correlation)
    {
        _batch.Append(_key, _value);
        ArraySegment<byte> batch = _batch.Seal(_crc);
        Cursor request = new(_request);
        request.Int32(0);
        request.Int16(0);
        request.Int16(7);
        request.Int32(correlation);
        request.String("floor");
        request.String(null);
        request.Int16(-1);
        request.Int32(30_000);
        request.Int32(1);
        request.String("floor");
        request.Int32(1);
        request.Int32(0);
        request.Int32(batch.Count);
        batch.AsSpan().CopyTo(_request.AsSpan(request.Position));
        int total = request.Position + batch.Count;
        BinaryPrimitives.WriteInt32BigEndian(_request, total - 4);
        return total;
    }
}
