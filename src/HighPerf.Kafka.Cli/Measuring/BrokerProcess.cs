using System.Diagnostics;
using System.Text.Json;

namespace HighPerf.Kafka.Cli.Measuring;

/// <summary>The embedded broker in a process of its own, which ends with this one: it reads the pipe that this process holds.</summary>
internal sealed class BrokerProcess : IAsyncDisposable
{
    private readonly Process _process;

    private BrokerProcess(Process process, string bootstrapServers, Task log)
    {
        _process = process;
        BootstrapServers = bootstrapServers;
        Log = log;
    }

    public string BootstrapServers { get; }

    /// <summary>Completes when every line of its log was told, which is after it has ended.</summary>
    public Task Log { get; }

    /// <param name="onLine">Is told every line of its log, one at a time; null: they go to the standard error of this process.</param>
    /// <param name="options">More options of hpk broker.</param>
    public static async Task<BrokerProcess> StartAsync(CancellationToken token, Action<string>? onLine = null, params string[] options)
    {
        ProcessStartInfo info = new(Environment.ProcessPath!)
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = onLine is not null,
        };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
        {
            info.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "hpk.dll"));
        }

        foreach (string argument in (string[])["broker", "--port", "0", "--json", "--until-eof", .. options])
        {
            info.ArgumentList.Add(argument);
        }

        Process process = Process.Start(info) ?? throw new InvalidOperationException("The embedded broker could not be started.");
        Task log = onLine is null ? Task.CompletedTask : TellAsync(process, onLine);
        try
        {
            string? line = await process.StandardOutput.ReadLineAsync(token);
            if (line is null)
            {
                throw new InvalidOperationException("The embedded broker ended before it listened.");
            }

            using JsonDocument document = JsonDocument.Parse(line);
            return new BrokerProcess(process, document.RootElement.GetProperty("bootstrapServers").GetString()!, log);
        }
        catch
        {
            process.Kill();
            process.Dispose();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        try
        {
            await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System);
        }
        catch (TimeoutException)
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    /// <summary>Ends the broker and waits for the rest of its log.</summary>
    public async Task StopAsync()
    {
        _process.StandardInput.Close();
        await Log;
        await _process.WaitForExitAsync();
    }

    private static async Task TellAsync(Process process, Action<string> onLine)
    {
        while (await process.StandardError.ReadLineAsync() is { } line)
        {
            onLine(line);
        }
    }
}
