using MixMq.Cli;

return await CommandLine.RunAsync(args, CliEnvironment.Real);
