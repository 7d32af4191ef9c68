using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace HighPerf.Kafka.Floor;

/// <summary>A null broker in a process of its own, ended when disposed; or nothing, where one runs already.</summary>
internal sealed class NullBroker : IDisposable
{
    private readonly Process? _process;

    public NullBroker(FloorOptions options)
    {
        Port = options.Port > 0 ? options.Port : FreePort();
        if (options.Port > 0)
        {
            return;
        }

        string[] arguments =
        [
            "--port", $"{Port}", "--partitions", $"{options.Partitions}", "--record-size", $"{options.Size}", "--key-size", $"{Math.Min(options.Key, 8)}",
            "--response-bytes", $"{options.FetchBytes}", "--topic", "floor",
        ];
        _process = Process.Start(new ProcessStartInfo(options.Broker!, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })
            ?? throw new IOException($"{options.Broker} does not start.");
        WaitUntilItListens();
    }

    public int Port { get; }

    public void Dispose()
    {
        _process?.Kill();
        _process?.Dispose();
    }

    private static int FreePort()
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    // Its first line on standard error comes when it listens, and there are no more unless it is told to count; when it cannot listen, it says why and ends.
    private void WaitUntilItListens()
    {
        string? first = _process!.StandardError.ReadLine();
        if (first is null || !first.Contains(" node(s) from ", StringComparison.Ordinal))
        {
            Dispose();
            throw new IOException($"The null broker does not listen: {first ?? "it ended without a word"}.");
        }

        Console.Error.WriteLine(first);
    }
}
