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
        _process = Process.Start(new ProcessStartInfo(options.Broker!, arguments) { RedirectStandardOutput = true })
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

    private void WaitUntilItListens()
    {
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                using Line line = new(Port);
                return;
            }
            catch (SocketException) when (attempt < 200 && !_process!.HasExited)
            {
                Thread.Sleep(10);
            }
        }
    }
}
