using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace HighPerf.Kafka.Comparison.Tables;

/// <summary>A server in a process of its own, a new one for each run, so that its counts are those of one client. Owner: one thread.</summary>
internal sealed class Server : IDisposable
{
    private readonly Process _process;
    private readonly ServerKind _kind;

    /// <summary>What it says on standard error; of those that say much.</summary>
    private readonly Task<string>? _log;

    private Server(Process process, ServerKind kind, string bootstrapServers)
    {
        _process = process;
        _kind = kind;
        BootstrapServers = bootstrapServers;
        _log = kind == ServerKind.Telling ? process.StandardError.ReadToEndAsync() : null;
    }

    public string BootstrapServers { get; }

    /// <param name="recordSize">Of the records that a null broker answers fetches with, key and value.</param>
    public static Server Start(ServerKind kind, Programs programs, int partitions, int recordSize = 100) => kind is ServerKind.Null or ServerKind.Verifying
        ? StartNullBroker(kind, programs, partitions, recordSize)
        : StartCluster(kind, programs, partitions);

    /// <summary>Ends a null broker and tells what it counted; null from other servers.</summary>
    public JsonElement? Stop()
    {
        if (_kind is not (ServerKind.Null or ServerKind.Verifying))
        {
            return null;
        }

        // The null broker prints its totals when it is asked to end, in this way only.
        using Process kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]);
        string totals = _process.StandardOutput.ReadToEnd();
        _process.WaitForExit();
        using JsonDocument document = JsonDocument.Parse(totals);
        return document.RootElement.Clone();
    }

    /// <summary>Ends a telling cluster and returns a line for each request.</summary>
    public string[] StopTelling()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        return _log!.GetAwaiter().GetResult().Split('\n');
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    private static Server StartNullBroker(ServerKind kind, Programs programs, int partitions, int recordSize)
    {
        using Socket free = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        free.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        int port = ((IPEndPoint)free.LocalEndPoint!).Port;
        free.Close();
        string[] checks = kind == ServerKind.Verifying ? ["--verify-crc", "--verify-records", "--verify-sequence"] : [];
        string[] arguments = ["--port", $"{port}", "--partitions", $"{partitions}", "--topic", "bench", "--record-size", $"{recordSize}", .. checks];
        Process process = Start(programs.NullBroker, arguments);

        // Its first line on standard error comes when it listens, and there are no more.
        string? first = process.StandardError.ReadLine();
        if (first is null || !first.Contains(" node(s) from ", StringComparison.Ordinal))
        {
            throw new InvalidOperationException($"The null broker does not listen: {first ?? "it ended without a word"}.");
        }

        return new Server(process, kind, $"127.0.0.1:{port}");
    }

    private static Server StartCluster(ServerKind kind, Programs programs, int partitions)
    {
        string[] arguments =
        [
            programs.Hpk, "broker", "--port", "0", "--json", "--until-eof", "--topic", $"bench:{partitions}",
            .. kind switch { ServerKind.Discarding => ["--discard"], ServerKind.Telling => ["--log", "requests"], _ => (string[])[] },
        ];
        Process process = Start("dotnet", arguments);
        string line = process.StandardOutput.ReadLine() ?? throw new InvalidOperationException("The embedded cluster ended before it listened.");
        using JsonDocument document = JsonDocument.Parse(line);
        return new Server(process, kind, document.RootElement.GetProperty("bootstrapServers").GetString()!);
    }

    private static Process Start(string program, string[] arguments) => Process.Start(
        new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })
        ?? throw new InvalidOperationException($"{program} does not start.");
}
