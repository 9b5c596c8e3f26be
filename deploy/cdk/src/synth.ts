import { settingsOfFile } from './read-settings.ts';
import { glimpseApp } from './app.ts';

/** What `cdk deploy` runs: the app with the settings of the file that GLIMPSE_CDK_SETTINGS names. */
glimpseApp(settingsOfFile(process.env['GLIMPSE_CDK_SETTINGS'])).app.synth();
